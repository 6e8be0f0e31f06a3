// What a person decides about one delivery: another time, a hold, where a part of a thread is.
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { settle } from "../screens";
import { Stage } from "../stage";

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());
afterEach(() => {
  expect(stage.trouble.splice(0)).toEqual([]);
});

it("a delivery gets another window, or an exact time outside of them only with a yes", async () => {
  const page = await stage.page({ main: true, seed: { queue: 1, texts: "en" } });
  await settle(page);
  const first = () => page.evaluate(() => globalThis.kossoriFake.world.queue[0]);
  await page.locator(".it .open").first().click();
  await page.getByRole("button", { name: "Another time" }).click();
  await page.getByRole("button", { name: "Evening" }).click();
  await settle(page);
  expect(await first()).toMatchObject({ when: { window: "evening" }, window: "evening" });
  expect(await page.locator(".it .t").innerText()).toMatch(/^(18|19):/);
  await page.getByRole("button", { name: "Another time" }).click();
  await page.getByRole("button", { name: "An exact time" }).click();
  await page.locator(".c-time input").first().fill("15:00");
  await page.keyboard.press("Enter");
  await settle(page);
  expect(await first()).toMatchObject({ when: { window: "evening" } });
  await page.locator(".c-time input[type=checkbox]").check();
  await page.locator(".c-time .b").first().click();
  await settle(page);
  expect(await first()).toMatchObject({ when: { at: "2026-11-25 15:00" } });
  const asked = await page.evaluate(() =>
    globalThis.kossoriFake.asked.filter((one) => one.do === "queue_when").at(-1),
  );
  expect(asked).toMatchObject({ override_window: true });
  expect(await page.locator(".c-time").count()).toBe(0);
  await page.context().close();
});

it("a delivery is put on hold, and let go again", async () => {
  const page = await stage.page({ main: true, seed: { queue: 1, texts: "en" } });
  await settle(page);
  const state = () => page.evaluate(() => globalThis.kossoriFake.world.queue[0]?.state);
  await page.locator(".it .open").first().click();
  await page.getByRole("button", { name: "Hold" }).click();
  await settle(page);
  expect(await state()).toBe("held");
  expect(await page.locator(".it").innerText()).toContain("on hold");
  await page.getByRole("button", { name: "Let it go out" }).click();
  await settle(page);
  expect(await state()).toBe("queued");
  await page.context().close();
});

it("a part that others wait behind is proved by its address", async () => {
  const page = await stage.page({ main: true, seed: { unknown: true, texts: "en" } });
  await settle(page);
  await page.evaluate(() => {
    const [delivery] = globalThis.kossoriFake.world.queue;
    if (delivery) delivery.parts = 3;
  });
  const there = page.getByRole("button", { name: "It is there" });
  await there.click();
  await settle(page);
  expect(await page.locator(".list .find").innerText()).toContain("part_url_needed");
  const field = page.getByLabel("Address of that post");
  expect(await field.evaluate((one) => one === document.activeElement)).toBe(true);
  await field.fill(" https://bsky.app/profile/haruka.dev/post/3k ");
  await there.click();
  await settle(page);
  expect(await page.evaluate(() => globalThis.kossoriFake.world.queue[0])).toMatchObject({
    state: "sent",
    url: "https://bsky.app/profile/haruka.dev/post/3k",
  });
  expect(await page.locator(".card-ask").count()).toBe(0);
  await page.context().close();
});

it.each([
  [0, "We could not look whether it is there."],
  [1, "We looked once and did not find it."],
  [3, "We looked 3 times and did not find it."],
])("an unknown outcome says what was looked at: %i", async (looks, sentence) => {
  const page = await stage.page({ main: true, seed: { unknown: true, texts: "en" } });
  await page.evaluate((given) => {
    Object.assign(globalThis.kossoriFake.world.queue[0] ?? {}, { looks: given });
    globalThis.kossoriFake.tell({ event: "changed" });
  }, looks);
  await settle(page);
  expect(await page.locator(".card-ask").innerText()).toContain(sentence);
  await page.context().close();
});
