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

it("another time keeps the end that a person had set, and Undo the time of before with it", async () => {
  const page = await stage.page({ main: true, seed: { queue: 1, accounts: "practice", texts: "en" } });
  await settle(page);
  const first = () =>
    page.evaluate(() => {
      const { when, expires_at } = globalThis.kossoriFake.world.queue[0] ?? {};
      return { when, expires_at };
    });
  const choose = async (name: string) => {
    if (!(await page.getByRole("button", { name: "Another time" }).isVisible()))
      await page.locator(".it .open").first().click();
    await page.getByRole("button", { name: "Another time" }).click();
    await page.getByRole("group", { name: "Another time" }).getByRole("button", { name }).click();
  };
  const exactly = async (time: string) => {
    await choose("An exact time");
    await page.locator(".c-time input").first().fill(time);
    await page.keyboard.press("Enter");
    await settle(page);
  };
  const expires_at = "2026-11-25T19:30:00.000+09:00";
  await page.evaluate((at) => {
    Object.assign(globalThis.kossoriFake.world.queue[0] ?? {}, { expires_at: at });
    globalThis.kossoriFake.tell({ event: "changed" });
  }, expires_at);
  await settle(page);
  const before = await first();
  await exactly("19:00");
  expect(await first()).toEqual({ when: { at: "2026-11-25 19:00" }, expires_at });
  await page.keyboard.press("Control+z");
  await settle(page);
  expect(await first()).toEqual(before);
  await exactly("19:00");
  await choose("Evening");
  await settle(page);
  expect(await first()).toEqual({ when: { window: "evening" }, expires_at });
  // Later than that end: it is the end of that day, as of any exact time.
  await exactly("20:00");
  expect(await first()).toEqual({
    when: { at: "2026-11-25 20:00" },
    expires_at: "2026-11-26T00:00:00.000+09:00",
  });
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

it("what has been looked for in vain for long has its choices too, and nothing untrue is said of it", async () => {
  const page = await stage.page({ main: true, seed: { unknown: true, texts: "en" } });
  const become = (given: object) =>
    page.evaluate((given) => {
      Object.assign(globalThis.kossoriFake.world.queue[0] ?? {}, given);
      globalThis.kossoriFake.tell({ event: "changed" });
    }, given);
  // For a while it is the app's own business.
  await become({ state: "unknown", waits: null });
  await settle(page);
  expect(await page.locator(".card-ask").count()).toBe(0);
  await become({ state: "unknown", waits: "looking" });
  await settle(page);
  const card = page.locator(".card-ask");
  const text = (await card.innerText()).replace(/\s+/g, " ");
  expect(text).toContain("We do not know yet whether this was posted.");
  // Where the network has keys it is sent again by itself.
  expect(text).not.toContain("unless you say so");
  expect(await card.locator(".ch button").count()).toBe(4);
  await page.getByRole("button", { name: "Leave it" }).click();
  await settle(page);
  const asked = await page.evaluate(() =>
    globalThis.kossoriFake.asked.filter((one) => one.do === "queue_resolve").at(-1),
  );
  expect(asked).toMatchObject({ resolution: "leave" });
  await page.context().close();
});

it.each([
  [
    "needs_you",
    { alike: "https://mas.to/@haruka/41" },
    "What is there (https://mas.to/@haruka/41) is very like it",
  ],
  ["needs_you", {}, "Another copy of this data folder may have sent it to @haruka.dev. It will not be sent"],
  ["unknown", {}, "Another copy of this data folder may have sent it to @haruka.dev. We are looking."],
])("what another copy may have sent is not called a lost answer: %s %j", async (state, more, sentence) => {
  const page = await stage.page({ main: true, seed: { unknown: true, texts: "en" } });
  await page.evaluate(
    (given) => {
      Object.assign(globalThis.kossoriFake.world.queue[0] ?? {}, given);
      globalThis.kossoriFake.tell({ event: "changed" });
    },
    { state, copied: true, waits: state === "unknown" ? "looking" : "needs_you", ...more },
  );
  await settle(page);
  const text = (await page.locator(".card-ask").innerText()).replace(/\s+/g, " ");
  expect(text).toContain(sentence);
  expect(text).not.toContain("the answer was lost");
  await page.context().close();
});

it("what may be there already goes out only with a second yes", async () => {
  const page = await stage.page({ main: true, seed: { queue: 1, texts: "en" } });
  await settle(page);
  const state = () => page.evaluate(() => globalThis.kossoriFake.world.queue[0]?.state);
  const found = () =>
    page.evaluate(() =>
      globalThis.kossoriFake.fail("queue_approve", {
        code: "may_be_there",
        args: { url: "https://bsky.app/profile/haruka.dev/post/3k" },
      }),
    );
  await page.locator(".it .open").first().click();
  await page.getByRole("button", { name: "Hold" }).click();
  await settle(page);
  await found();
  await page.getByRole("button", { name: "Let it go out" }).click();
  await settle(page);
  expect(await state()).toBe("held");
  const told = await page.locator(".list").innerText();
  expect(told).toContain("https://bsky.app/profile/haruka.dev/post/3k");
  expect(told).toContain("let this one go all the same");
  const again = page.getByRole("button", { name: "Let it go all the same" });
  // Each second yes answers one question: what is found after it is asked about anew.
  await found();
  await again.click();
  await settle(page);
  expect(await state()).toBe("held");
  await again.click();
  await settle(page);
  expect(await state()).toBe("queued");
  const asked = await page.evaluate(() =>
    globalThis.kossoriFake.asked.flatMap((one) => (one.do === "queue_approve" ? [one.anyway] : [])),
  );
  expect(asked).toEqual([false, true, true]);
  await page.context().close();
});
