// When it goes out: what is asked for is what was set, and what is said is what will be.
import type { Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Request } from "../../src/api.next";
import { area, settle, write } from "../screens";
import { Stage } from "../stage";

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());
afterEach(() => {
  expect(stage.trouble.splice(0)).toEqual([]);
});

const begin = async (text = "words") => {
  const page = await stage.page();
  await settle(page);
  await write(page, text);
  return page;
};
const queued = (page: Page) => page.evaluate(() => globalThis.kossoriFake.world.queue.length);
const last = (page: Page, what: Request["do"]) =>
  page.evaluate((name) => globalThis.kossoriFake.asked.filter((one) => one.do === name).at(-1), what);
const says = (page: Page) => page.locator(".c-says").innerText();
const time = (page: Page) => page.locator(".c-time input").first();
const tick = (page: Page) => page.locator(".c-time input[type=checkbox]");
const set = (page: Page) => page.locator(".c-time .b").first();
/** Whatever it says of itself. */
const press = (button: Locator) => button.evaluate((one: HTMLElement) => one.click());
const go = async (page: Page) => {
  await page.keyboard.press("Control+Enter");
  await settle(page);
};

describe("Ctrl+Enter while a time is typed", () => {
  it("takes the time first", async () => {
    const page = await begin();
    await page.keyboard.press("Control+t");
    await time(page).fill("19:30");
    await go(page);
    expect(await last(page, "post_add")).toMatchObject({ when: { at: "2026-11-25 19:30" } });
    expect(await queued(page)).toBe(2);
    await page.context().close();
  });

  it("that cannot be used: nothing is queued, and the line says why; the button waits too", async () => {
    const page = await begin();
    await page.keyboard.press("Control+t");
    await time(page).fill("1930");
    await go(page);
    expect(await page.locator("#time-says").innerText()).toContain("Set the time first");
    expect(await page.locator(".go").getAttribute("aria-disabled")).toBe("true");
    expect(await page.locator(".why").innerText()).toBe("Set the time first");
    await press(page.locator(".go"));
    await time(page).fill("15:00");
    await go(page);
    expect(await page.locator("#time-says").innerText()).toBe("No quiet window is open then.");
    expect(await queued(page)).toBe(0);
    await page.context().close();
  });
});

describe("a day without a time", () => {
  it("waits for that day's quiet windows, and the button says when", async () => {
    const page = await begin();
    await page.keyboard.press("Control+t");
    // Today's are what the next break means.
    expect(await set(page).getAttribute("aria-disabled")).toBe("true");
    await page.locator(".c-time select").selectOption("2026-11-27");
    await set(page).click();
    await settle(page);
    expect(await page.locator(".go").innerText()).toMatch(/Fri 27 November from 12:\d\d/);
    await go(page);
    expect(await last(page, "post_add")).toMatchObject({
      when: { from_day: { day: "2026-11-27", window: null } },
      override_window: false,
    });
    const planned = await page.evaluate(() =>
      globalThis.kossoriFake.world.queue.map((one) => one.planned_at),
    );
    expect(planned.every((at) => at?.startsWith("2026-11-27T12:"))).toBe(true);
    await page.context().close();
  });

  it("that lies beyond the known windows is named alone; another look finds it chosen", async () => {
    const page = await begin();
    await page.keyboard.press("Control+t");
    await page.locator(".c-time select").selectOption({ index: 27 });
    const chosen = await page.locator(".c-time select").inputValue();
    await time(page).press("Enter");
    await settle(page);
    expect(await page.locator(".go").innerText()).toContain("22 December");
    await page.keyboard.press("Control+t");
    expect(await page.locator(".c-time select").inputValue()).toBe(chosen);
    expect(await time(page).inputValue()).toBe("");
    await page.context().close();
  });
});

describe("a yes to going out all the same", () => {
  it("is dropped with the time it was given for", async () => {
    const page = await begin();
    await page.keyboard.press("Control+t");
    await time(page).fill("15:00");
    await tick(page).check();
    await page.locator(".c-time .b").last().click();
    await go(page);
    expect(await last(page, "post_add")).toMatchObject({ when: "next", override_window: false });
    await page.context().close();
  });

  it("is not sent for a time inside a window, nor after another choice", async () => {
    const page = await begin();
    await page.keyboard.press("Control+t");
    await time(page).fill("15:00");
    await tick(page).check();
    await time(page).fill("12:30");
    await set(page).click();
    await go(page);
    expect(await last(page, "post_add")).toMatchObject({
      when: { at: "2026-11-25 12:30" },
      override_window: false,
    });
    await write(page, "another");
    await page.keyboard.press("Control+t");
    await time(page).fill("15:00");
    await tick(page).check();
    await set(page).click();
    await page.locator(".other").click();
    await page.getByRole("menuitemradio", { name: "Evening" }).click();
    await go(page);
    expect(await last(page, "post_add")).toMatchObject({
      when: { window: "evening" },
      override_window: false,
    });
    await page.context().close();
  });
});

it("a time in the window of another account is outside", async () => {
  const page = await begin();
  await page.evaluate(() => {
    const lunch = globalThis.kossoriFake.world.windows.find(({ name }) => name === "lunch");
    if (lunch) lunch.accounts = ["a-night"];
    globalThis.kossoriFake.tell({ event: "changed" });
  });
  await settle(page);
  await page.keyboard.press("Control+t");
  await time(page).fill("12:30");
  expect(await page.locator("#time-says").innerText()).toBe("No quiet window is open then.");
  expect(await tick(page).count()).toBe(1);
  await page.context().close();
});

describe("once it is queued", () => {
  it("the earliest and the latest time are named", async () => {
    const page = await begin();
    await page.evaluate(() => {
      const lunch = globalThis.kossoriFake.world.windows.find(({ name }) => name === "lunch");
      if (lunch) lunch.accounts = ["a-blue"];
    });
    await go(page);
    expect(await says(page)).toMatch(/The first goes out today 12:\d\d, the last today 18:\d\d\./);
    await page.context().close();
  });

  it("those without a time are named with the reason, and the window stays", async () => {
    const page = await begin();
    await page.evaluate(() => {
      for (const window of globalThis.kossoriFake.world.windows) window.accounts = ["a-blue"];
    });
    await go(page);
    expect(await says(page)).toMatch(/goes out today 12:\d\d/);
    expect(await says(page)).toContain("Mastodon has no time yet: no quiet window ahead.");
    await page.clock.runFor(5000);
    expect(await page.evaluate(() => globalThis.kossoriFake.hidden)).toBe(false);
    await page.context().close();
  });

  it("without any time the window stays too", async () => {
    const page = await begin();
    await page.evaluate(() => {
      globalThis.kossoriFake.world.windows = [];
    });
    await go(page);
    expect(await says(page)).toContain("Queued. Bluesky has no time yet: no quiet window ahead.");
    await page.clock.runFor(5000);
    expect(await page.evaluate(() => globalThis.kossoriFake.hidden)).toBe(false);
    await page.context().close();
  });
});

describe("a break from the menu", () => {
  it("is for those who are chosen, and for nobody if nobody is", async () => {
    const page = await begin();
    const five = page.getByRole("menuitem", { name: "Break now, 5 minutes" });
    for (const chip of [0, 1]) await page.locator(".chip").nth(chip).click();
    await page.locator(".other").click();
    expect(await five.getAttribute("aria-disabled")).toBe("true");
    expect(await page.locator("#break-why").innerText()).toBe("Choose an account");
    await press(five);
    await settle(page);
    expect(await last(page, "break_now")).toBeUndefined();
    await page.keyboard.press("Escape");
    await page.locator(".chip").first().click();
    await page.locator(".other").click();
    await five.click();
    await settle(page);
    expect(await last(page, "break_now")).toMatchObject({ accounts: ["a-blue"] });
    await page.context().close();
  });
});

describe("a finding in a later part", () => {
  it("is marked and selected where it is", async () => {
    const page = await begin("one\n--- \ntwo\n---\n  th\u200bree");
    expect(await page.locator(".mirror mark").count()).toBe(1);
    await page.keyboard.press("F8");
    const at = "one\n--- \ntwo\n---\n  th".length;
    const range = () =>
      area(page).evaluate((one: HTMLTextAreaElement) => [one.selectionStart, one.selectionEnd]);
    expect(await range()).toEqual([at, at + 1]);
    await page.context().close();
  });
});

it("the first post is in the language that was chosen for the page", async () => {
  const page = await stage.page();
  await settle(page);
  await page.evaluate(() => {
    globalThis.kossoriFake.world.preferences.language = "ja";
    globalThis.kossoriFake.tell({ event: "changed" });
  });
  await settle(page);
  await settle(page);
  expect(await page.locator("html").getAttribute("lang")).toBe("ja");
  expect(await area(page).getAttribute("lang")).toBe("ja");
  await page.context().close();
});
