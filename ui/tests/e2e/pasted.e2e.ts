import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { area, paste, settle, write } from "../screens";
import { Stage } from "../stage";

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());
afterEach(() => {
  expect(stage.trouble.splice(0)).toEqual([]);
});

type Page = import("playwright-core").Page;
const HERS = "https://example.social/@her/112233";
const begin = async () => {
  const page = await stage.page({ language: "en" });
  await settle(page);
  return page;
};
const kept = (page: Page) =>
  page.evaluate(() => globalThis.kossoriFake.world.drafts.map(({ content }) => content)[0]);
const offered = (page: Page) => page.locator(".c-pasted button").allInnerTexts();

describe("the address of a post that is pasted", () => {
  it("stays text, and what the chosen accounts can make of it is offered, the next by Tab", async () => {
    const page = await begin();
    await write(page, "Look:\n");
    await paste(page, HERS);
    expect(await area(page).inputValue()).toBe(`Look:\n${HERS}`);
    expect(await kept(page)).toMatchObject({ reply_to: null, quote: null, repost: null });
    // Mastodon of this world has no quotes.
    expect(await offered(page)).toEqual(["Reply to it", "Repost it", "Leave it as text"]);
    expect(await page.locator(".c-pasted [role=status]").innerText()).toBe("That is the address of a post.");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await settle(page);
    expect(await area(page).inputValue()).toBe("Look:");
    expect(await kept(page)).toMatchObject({ reply_to: HERS, parts: [{ text: "Look:" }] });
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("TEXTAREA");
    await page.getByRole("button", { name: "Undo" }).click();
    await settle(page);
    expect(await area(page).inputValue()).toBe(`Look:\n${HERS}`);
    expect(await kept(page)).toMatchObject({ reply_to: null });
    await page.context().close();
  });

  it("is let be by Esc, which hides nothing, and by other addresses nothing is offered", async () => {
    const page = await begin();
    await paste(page, HERS);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Escape");
    await settle(page);
    expect(await offered(page)).toEqual([]);
    expect(await page.evaluate(() => globalThis.kossoriFake.hidden)).toBe(false);
    expect(await area(page).inputValue()).toBe(HERS);
    for (const text of ["https://example.social/@her", "https://example.org/", "a word", `see ${HERS}`]) {
      await write(page, "");
      await paste(page, text);
      expect(await offered(page)).toEqual([]);
    }
    await page.context().close();
  });

  it("is offered only to accounts that can, and a yes to speaking is asked for anew", async () => {
    const page = await begin();
    await page.locator(".chip[data-p=official]").click();
    await write(page, "");
    await paste(page, HERS);
    expect(await offered(page)).toEqual(["Reply to it", "Quote it", "Repost it", "Leave it as text"]);
    await page.getByRole("button", { name: "Type the handle instead" }).click();
    await page.locator(".c-field input").fill("asagi-works.example");
    await settle(page);
    expect(await page.locator(".go").count()).toBe(1);
    await page.getByRole("button", { name: "Repost it" }).click();
    await settle(page);
    expect(await page.locator(".go").count()).toBe(0);
    expect(await kept(page)).toMatchObject({ repost: HERS, parts: [{ text: "" }] });
    await page.context().close();
  });
});

describe("waiting", () => {
  it("for an approval, and not after a time, goes with the post and is seen before", async () => {
    const page = await begin();
    await write(page, "Perhaps.");
    await page.getByRole("button", { name: "Language, visibility, waiting" }).click();
    await page.getByRole("checkbox", { name: "Wait for my approval" }).check();
    await page.getByRole("checkbox", { name: "Not after" }).check();
    // What is no time is refused, and nothing goes with another one.
    await page.getByLabel("Time", { exact: true }).fill("2x:00");
    await page.keyboard.press("Control+Enter");
    await settle(page);
    expect(await page.evaluate(() => globalThis.kossoriFake.world.queue.length)).toBe(0);
    expect(await area(page).inputValue()).toBe("Perhaps.");
    await page.getByLabel("Time", { exact: true }).fill("21:00");
    await settle(page);
    expect(await page.locator(".c-facts").innerText()).toContain("Waits for your approval");
    expect(await page.locator(".c-facts").innerText()).toMatch(/Not after .*21:00/);
    expect(await page.locator(".go").innerText()).toContain("Put on hold");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+Enter");
    await settle(page);
    const queue = await page.evaluate(() =>
      globalThis.kossoriFake.world.queue.map(({ state, expires_at }) => [state, expires_at?.slice(0, 16)]),
    );
    expect(queue).toEqual([
      ["held", "2026-11-26T21:00"],
      ["held", "2026-11-26T21:00"],
    ]);
    // The next one waits for nothing.
    expect(await page.locator(".c-facts").innerText()).not.toContain("Waits");
    await page.context().close();
  });
});

describe("the composer's keys", () => {
  it("are shown by Ctrl+/ and F1 anywhere, and by ? where nobody writes", async () => {
    const page = await begin();
    const sheet = page.getByRole("dialog", { name: "Keys" });
    await area(page).focus();
    await page.keyboard.type("?");
    expect([await sheet.count(), await area(page).inputValue()]).toEqual([0, "?"]);
    for (const key of ["Control+/", "F1"]) {
      await page.keyboard.press(key);
      expect(await sheet.count()).toBe(1);
      await page.keyboard.press("Escape");
      expect(await sheet.count()).toBe(0);
      expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("TEXTAREA");
    }
    await page.locator(".chip").first().focus();
    await page.keyboard.type("?");
    expect(await sheet.count()).toBe(1);
    await page.keyboard.press("Control+Enter");
    await page.keyboard.press("Escape");
    await settle(page);
    expect(
      await page.evaluate(() => [globalThis.kossoriFake.hidden, globalThis.kossoriFake.world.queue.length]),
    ).toEqual([false, 0]);
    await page.locator(".chip").first().focus();
    await page.keyboard.type("?");
    await page.keyboard.press("Control+Shift+H");
    expect(await page.evaluate(() => globalThis.kossoriFake.hidden)).toBe(true);
    await page.context().close();
  });

  it("has every language, by its own name", async () => {
    const page = await begin();
    await page.getByRole("button", { name: "Language, visibility, waiting" }).click();
    const names = await page.locator(".options select").first().locator("option").allInnerTexts();
    expect(names.slice(0, 2)).toEqual(["日本語", "English"]);
    expect(names.length).toBeGreaterThan(180);
    expect(names).toContain("Deutsch");
    await page.locator(".options select").first().selectOption("ko");
    await write(page, "annyeong");
    expect(await kept(page)).toMatchObject({ lang: "ko" });
    await page.context().close();
  });
});
