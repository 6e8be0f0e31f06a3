import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { SECTIONS } from "../../src/main/sections";
import { keyOf, settle } from "../screens";
import { Stage } from "../stage";

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());
afterEach(() => {
  expect(stage.trouble.splice(0)).toEqual([]);
});

const focused = (page: Page) =>
  page.evaluate(() => {
    const row = document.activeElement?.closest(".it");
    return row ? [...document.querySelectorAll(".it")].indexOf(row) : null;
  });

it("j, k and arrows move from anywhere, and what goes leaves the focus to the next", async () => {
  const page = await stage.page({ main: true, seed: { accounts: "practice", queue: 4, texts: "en" } });
  await settle(page);
  await page.locator("h1").click();
  await page.keyboard.press("j");
  expect(await focused(page)).toBe(0);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("j");
  await page.keyboard.press("k");
  expect(await focused(page)).toBe(1);
  await page.keyboard.press("Delete");
  await page.locator(".it").nth(3).waitFor({ state: "detached" });
  await settle(page);
  expect(await page.locator(".it").count()).toBe(3);
  expect(await focused(page)).toBe(1);
  await page.keyboard.press("Delete");
  await page.locator(".it").nth(2).waitFor({ state: "detached" });
  await settle(page);
  expect(await focused(page)).toBe(1);
  await page.context().close();
});

it("letting one go leaves the focus in the list", async () => {
  const page = await stage.page({
    main: true,
    seed: { accounts: "practice", queue: 2, held: true, texts: "en" },
  });
  await settle(page);
  await page.locator(".it .open").last().click();
  await page.getByRole("button", { name: "Let it go out" }).press("Enter");
  await page.locator(".it.untimed").waitFor({ state: "detached" });
  await settle(page);
  expect(await focused(page)).not.toBeNull();
  await page.context().close();
});

it("? shows the keys, and Esc closes them", async () => {
  const page = await stage.page({ main: true, seed: { texts: "en" } });
  await settle(page);
  await page.keyboard.press("?");
  const keys = page.getByRole("dialog", { name: "Keys" });
  expect(await keys.innerText()).toContain("Hide everything");
  expect(await keys.innerText()).toContain(`Ctrl 1…${SECTIONS.length}`);
  await page.keyboard.press("Escape");
  expect(await keys.count()).toBe(0);
  await page.context().close();
});

it("the keys are a dialog: the page under it stays, and gets the focus back", async () => {
  const page = await stage.page({ main: true, seed: { accounts: "practice", queue: 3, texts: "en" } });
  await settle(page);
  await page.keyboard.press("j");
  await page.keyboard.press("?");
  const keys = page.getByRole("dialog", { name: "Keys" });
  const inside = () => page.evaluate(() => document.activeElement?.closest("dialog") !== null);
  expect(await inside()).toBe(true);
  await page.keyboard.press(keyOf("drafts"));
  await page.keyboard.press("Delete");
  await page.keyboard.press("j");
  await settle(page);
  expect(await inside()).toBe(true);
  expect(await page.locator("h1").innerText()).toBe("Queue");
  expect(await page.locator(".it").count()).toBe(3);
  await keys.getByRole("button").click();
  expect(await focused(page)).toBe(0);
  await page.keyboard.press("?");
  await page.keyboard.press("?");
  expect(await keys.count()).toBe(0);
  expect(await focused(page)).toBe(0);
  await page.context().close();
});

it("each section opens by its key and by its line", async () => {
  const page = await stage.page({ main: true, seed: { texts: "en" } });
  await settle(page);
  const lines = page.getByRole("navigation").locator("li button");
  expect(await lines.count()).toBe(SECTIONS.length);
  for (const [index, { name }] of SECTIONS.entries()) {
    const line = lines.nth(index);
    await page.keyboard.press(keyOf(name));
    await settle(page);
    expect(await line.getAttribute("aria-current")).toBe("page");
    const title = await page.locator("h1").innerText();
    expect((await line.innerText()).trim()).toContain(title);
    await lines.nth((index + 1) % SECTIONS.length).click();
    await line.click();
    await settle(page);
    expect(await page.locator("h1").innerText()).toBe(title);
  }
  await page.context().close();
});

it("Ctrl+F finds among what is queued and among drafts", async () => {
  const page = await stage.page({ main: true, seed: { queue: 5, drafts: 3, texts: "en" } });
  await settle(page);
  await page.keyboard.press("Control+f");
  await page.keyboard.type("MACKEREL");
  expect(await page.locator(".it .words").allInnerTexts()).toEqual([
    "The place behind the station grills mackerel just right.",
  ]);
  await page.keyboard.press("Escape");
  expect(await page.locator(".it").count()).toBe(5);
  await page.keyboard.press(keyOf("drafts"));
  await page.locator(".line").first().waitFor();
  await page.keyboard.press("Control+f");
  await page.keyboard.type("badger");
  expect(await page.locator(".line").count()).toBe(1);
  await page.context().close();
});

it("Ctrl+Shift+H hides this window, and the other one", async () => {
  const page = await stage.page({ main: true, seed: { texts: "en" } });
  await settle(page);
  await page.evaluate(() => {
    const heard = new BroadcastChannel("kossori.hide");
    heard.onmessage = () => document.documentElement.setAttribute("data-heard", "");
  });
  await page.keyboard.press("Control+Shift+H");
  await page.waitForFunction(() => document.documentElement.hasAttribute("data-heard"));
  expect(await page.evaluate(() => globalThis.kossoriFake.hidden)).toBe(true);
  await page.evaluate(() => {
    globalThis.kossoriFake.hidden = false;
    new BroadcastChannel("kossori.hide").postMessage(null);
  });
  await page.waitForFunction(() => globalThis.kossoriFake.hidden);
  await page.context().close();
});

it("the week is a table too, for who does not see it", async () => {
  const page = await stage.page({ main: true, seed: { queue: 2, texts: "en" } });
  await settle(page);
  const row = page.getByRole("table").getByRole("row", { name: /Wed 25 November/ });
  expect(await row.innerText()).toMatch(/12:00–13:00 Lunch.*18:30–22:30 Evening.*12:\d\d haruka\.dev/s);
  await page.context().close();
});

it("an official one on hold is shown whole, and let go by its handle", async () => {
  const page = await stage.page({ main: true, seed: { queue: 2, texts: "en" } });
  await page.evaluate(() => {
    const [, one] = globalThis.kossoriFake.world.queue;
    if (!one) return;
    const [part] = one.content.parts;
    Object.assign(one, { state: "held", planned: null, planned_at: null });
    if (part) one.content.parts = [part, { text: "The second part.", media: [] }];
    globalThis.kossoriFake.tell({ event: "changed" });
  });
  await settle(page);
  await page.locator(".it .open", { hasText: "support desk" }).click();
  await page.getByText("The second part.").waitFor();
  await page.getByRole("button", { name: "Type the handle instead" }).click();
  await page.getByLabel(/to confirm this text/).fill("asagi-works.example");
  await page.locator(".it.untimed").waitFor({ state: "detached" });
  const asked = await page.evaluate(() =>
    globalThis.kossoriFake.asked.filter((one) => one.do === "queue_approve"),
  );
  expect(asked).toMatchObject([{ confirm_persona: true }]);
  await page.getByRole("button", { name: "Edit" }).click();
  await page.locator(".edit textarea").fill("Changed");
  await page.locator(".edit").getByRole("button", { name: "Type the handle instead" }).click();
  await page.getByLabel(/to confirm this text/).fill("@ASAGI-works.example");
  await page.locator(".edit").waitFor({ state: "detached" });
  expect(await page.evaluate(() => globalThis.kossoriFake.world.queue[1]?.text)).toBe("Changed");
  await page.context().close();
});
