// From one draft to another without leaving the composer: nothing that is written is lost on the way.
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { area, settle, write } from "../screens";
import { type Scene, Stage } from "../stage";

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());
afterEach(() => {
  expect(stage.trouble.splice(0)).toEqual([]);
});

const texts = (page: Page) =>
  page.evaluate(() => globalThis.kossoriFake.world.drafts.map(({ content }) => content.parts[0]?.text));
const rows = (page: Page) => page.locator(".switch .open");
const opener = (page: Page) => page.locator(".ib.drafts");
const focused = (page: Page) =>
  page.evaluate(() => {
    const at = document.activeElement;
    return at?.closest(".switch li")?.querySelector(".open > span")?.textContent ?? at?.tagName ?? "";
  });

/** Drafts with these texts, the first the newest. */
async function withDrafts(all: string[], scene: Scene = {}): Promise<Page> {
  const page = await stage.page(scene);
  await settle(page);
  await page.evaluate((given) => {
    const { world } = globalThis.kossoriFake;
    const now = Date.now();
    for (const [n, text] of given.entries()) {
      const content = {
        parts: [{ text, media: [] }],
        cw: null,
        visibility: null,
        lang: "en",
        reply_to: null,
      };
      const rest = { quote: null, repost: null, quiet_reply: false, variants: {} };
      const kept = { id: `d-${n}`, rev: 1, accounts: ["a-blue"], updated: now - 60_000 * (n + 1) };
      world.drafts.push({ ...kept, content: { ...content, ...rest } });
    }
    globalThis.kossoriFake.tell({ event: "changed" });
  }, all);
  await settle(page);
  await settle(page);
  return page;
}

describe("another draft, from the composer", () => {
  it.each([
    ["en", "Drafts: 2", "Open here"],
    ["ja", "下書き（2 件）", "ここで編集中"],
  ] as const)(
    "by keys: what is written is kept first, to its last letter, %s",
    async (language, name, here) => {
      const page = await withDrafts(["alpha", "beta"], { language });
      expect(await opener(page).getAttribute("aria-label")).toBe(name);
      await area(page).pressSequentially("gamma");
      await page.keyboard.press("Control+o");
      await settle(page);
      expect(await rows(page).locator(".words").allInnerTexts()).toEqual(["gamma", "alpha", "beta"]);
      expect(await rows(page).first().innerText()).toContain(here);
      expect(await focused(page)).toBe("gamma");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("ArrowDown");
      expect(await focused(page)).toBe("beta");
      await page.keyboard.press("Enter");
      await settle(page);
      expect([await area(page).inputValue(), await focused(page)]).toEqual(["beta", "TEXTAREA"]);
      expect(await texts(page)).toEqual(["gamma", "alpha", "beta"]);
      await page.context().close();
    },
  );

  it("by pointer, and back again; Esc closes the list and not the window", async () => {
    const page = await withDrafts(["alpha", "beta"]);
    await opener(page).click();
    await settle(page);
    await rows(page).getByText("alpha").click();
    await settle(page);
    await area(page).press("End");
    await page.keyboard.type("!");
    await opener(page).click();
    await settle(page);
    await rows(page).getByText("beta").click();
    await settle(page);
    expect([await area(page).inputValue(), await texts(page)]).toEqual(["beta", ["alpha!", "beta"]]);
    await page.keyboard.press("Control+o");
    await settle(page);
    await page.keyboard.press("Control+Enter");
    await page.keyboard.press("Escape");
    await settle(page);
    expect(await rows(page).count()).toBe(0);
    expect(await page.evaluate(() => globalThis.kossoriFake.hidden)).toBe(false);
    expect(await page.evaluate(() => globalThis.kossoriFake.world.queue.length)).toBe(0);
    await page.context().close();
  });

  it("Esc gives the focus back to the text, and what is typed next stands there", async () => {
    const page = await withDrafts(["alpha"]);
    await write(page, "beta");
    await page.keyboard.press("Control+o");
    await settle(page);
    // Nothing under the list is kept, cleared or chosen from here.
    for (const keys of ["Control+s", "Alt+1", "F8", "Control+t"]) await page.keyboard.press(keys);
    await page.keyboard.press("Escape");
    await page.keyboard.type("!");
    await settle(page);
    expect([await area(page).inputValue(), await focused(page)]).toEqual(["beta!", "TEXTAREA"]);
    await page.context().close();
  });

  it("has the keys at once, also while the host is slow", async () => {
    const page = await withDrafts(["alpha"]);
    await write(page, "beta");
    const host = await page.evaluateHandle(() => ({ go: globalThis.kossoriFake.stall("draft_list") }));
    await page.keyboard.press("Control+o");
    await page.keyboard.press("Escape");
    expect(await page.evaluate(() => globalThis.kossoriFake.hidden)).toBe(false);
    expect([await page.locator(".switch").count(), await focused(page)]).toEqual([0, "TEXTAREA"]);
    await host.evaluate(({ go }) => go());
    await page.context().close();
  });

  it("veiled, shows a text only where one points, and says whose it is", async () => {
    const page = await withDrafts(["alpha"], { seed: { preferences: { veil: true } } });
    await opener(page).click();
    await settle(page);
    const words = page.locator(".switch li .words");
    const colour = () => words.evaluate((one) => getComputedStyle(one).color);
    await page.locator(".c-text textarea").hover({ force: true });
    await page.locator(".switch").focus();
    expect(await colour()).toBe("rgba(0, 0, 0, 0)");
    await words.hover();
    expect(await colour()).not.toBe("rgba(0, 0, 0, 0)");
    await page.context().close();
  });

  it("a key that is held down removes one draft", async () => {
    const page = await withDrafts(["alpha", "beta", "gamma"]);
    await page.keyboard.press("Control+o");
    await settle(page);
    await rows(page).first().focus();
    for (let n = 0; n < 5; n += 1) await page.keyboard.down("Delete");
    await page.keyboard.up("Delete");
    await settle(page);
    expect(await texts(page)).toHaveLength(2);
    await page.context().close();
  });

  it("a new one is begun empty, and what was open is kept", async () => {
    const page = await withDrafts([]);
    await write(page, "alpha");
    await page.keyboard.press("Control+o");
    await settle(page);
    await page.getByRole("button", { name: "New" }).click();
    await settle(page);
    expect([await area(page).inputValue(), await texts(page)]).toEqual(["", ["alpha"]]);
    await write(page, "beta");
    expect(await texts(page)).toEqual(["beta", "alpha"]);
    await page.context().close();
  });

  it("nothing is left behind that cannot be kept", async () => {
    const page = await withDrafts(["alpha"]);
    await page.keyboard.press("Control+o");
    await settle(page);
    await page.keyboard.press("Escape");
    await page.evaluate(() => globalThis.kossoriFake.fail("draft_add", { code: "disk_full" }));
    await area(page).fill("beta");
    await page.keyboard.press("Control+o");
    await page.evaluate(() => globalThis.kossoriFake.fail("draft_add", { code: "disk_full" }));
    await settle(page);
    await page.evaluate(() => globalThis.kossoriFake.fail("draft_add", { code: "disk_full" }));
    await page.getByRole("button", { name: "New" }).click();
    await settle(page);
    expect(await area(page).inputValue()).toBe("beta");
    expect(await page.locator(".c-says").innerText()).toContain("not opened");
    await page.context().close();
  });

  it.each([
    ["en", "No draft has these words."],
    ["ja", "一致する下書きはありません。"],
  ] as const)("many are searched, %s", async (language, none) => {
    const all = Array.from({ length: 9 }, (_, n) => `draft ${n}`);
    const page = await withDrafts(all, { language });
    await page.keyboard.press("Control+o");
    await settle(page);
    await page.keyboard.type("nothing");
    expect(await page.locator(".switch [role=status]").innerText()).toBe(none);
    await page.locator(".switch input").fill("ＤＲＡＦＴ 7");
    expect(await rows(page).count()).toBe(1);
    await page.keyboard.press("Enter");
    await settle(page);
    expect(await area(page).inputValue()).toBe("draft 7");
    await page.context().close();
  });
});

describe("a draft that is removed there", () => {
  it("comes back with Undo", async () => {
    const page = await withDrafts(["alpha", "beta"]);
    await page.keyboard.press("Control+o");
    await settle(page);
    await page.keyboard.press("Delete");
    await settle(page);
    expect([await texts(page), await focused(page)]).toEqual([["beta"], "beta"]);
    await page.keyboard.press("Control+z");
    await settle(page);
    expect((await texts(page)).toSorted()).toEqual(["alpha", "beta"]);
    await page.context().close();
  });

  it("is gone from the page too, if it is the one that is written on, and comes back to it", async () => {
    const page = await withDrafts(["alpha"]);
    await write(page, "beta");
    await page.keyboard.press("Control+o");
    await settle(page);
    await page.locator(".switch li", { hasText: "beta" }).locator(".ib").click();
    await settle(page);
    await settle(page);
    expect([await texts(page), await area(page).inputValue()]).toEqual([["alpha"], ""]);
    await page.locator(".undo .lk").click();
    await settle(page);
    await settle(page);
    expect((await texts(page)).toSorted()).toEqual(["alpha", "beta"]);
    expect(await area(page).inputValue()).toBe("beta");
    await area(page).press("End");
    await page.keyboard.type("!");
    await settle(page);
    expect((await texts(page)).toSorted()).toEqual(["alpha", "beta!"]);
    await page.context().close();
  });
});
