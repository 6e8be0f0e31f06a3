import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
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

type Page = import("playwright-core").Page;
const kept = (page: Page) =>
  page.evaluate(() =>
    globalThis.kossoriFake.world.drafts.map(({ content }) => [content.parts[0]?.text, content.variants]),
  );
const queued = (page: Page) =>
  page.evaluate(() =>
    globalThis.kossoriFake.world.queue.map(({ account, content }) => [account, content.parts[0]?.text]),
  );
const begin = async (page: Page, network: string) => {
  if ((await page.locator(".c-own").count()) === 0)
    await page.getByRole("button", { name: "Own words for a network" }).click();
  await page.getByRole("button", { name: `Use own words for ${network}` }).click();
};
const tab = (page: Page, name: string) => page.getByRole("tab", { name });

describe("own words for a network", () => {
  it("are written beside the common ones, counted, kept, and go there alone", async () => {
    const page = await stage.page({ language: "en" });
    await settle(page);
    await write(page, "For all of you.");
    await begin(page, "Bluesky");
    expect(await area(page).inputValue()).toBe("For all of you.");
    expect(await area(page).evaluate((field) => field === document.activeElement)).toBe(true);
    expect(await area(page).getAttribute("aria-label")).toBe("Text for Bluesky alone");
    await write(page, "Short.");
    const counts = await page.locator(".cnt").allInnerTexts();
    expect(counts.map((text) => text.replace(/\s+/g, " "))).toEqual(["Bluesky 6/300", "Mastodon 15/500"]);
    expect(await kept(page)).toEqual([["For all of you.", { bluesky: "Short." }]]);
    await tab(page, "Bluesky").press("ArrowLeft");
    expect(await area(page).inputValue()).toBe("For all of you.");
    expect(await tab(page, "Common text").getAttribute("aria-selected")).toBe("true");
    // What is not in sight is told all the same.
    expect(await page.locator(".c-rest").innerText()).toContain("Short.");
    await area(page).focus();
    await page.keyboard.press("Control+Enter");
    await settle(page);
    expect(await queued(page)).toEqual([
      ["a-blue", "Short."],
      ["a-masto", "For all of you."],
    ]);
    expect(await page.locator(".c-own").count()).toBe(0);
    await page.context().close();
  });

  it("go back to the common ones, which can be undone, and open whole with their draft", async () => {
    const page = await stage.page({ language: "en" });
    await settle(page);
    await write(page, "For all.");
    await begin(page, "Mastodon");
    await write(page, "For Mastodon.");
    await page.getByRole("button", { name: "Back to the common text" }).click();
    await settle(page);
    expect(await kept(page)).toEqual([["For all.", {}]]);
    expect(await area(page).inputValue()).toBe("For all.");
    await page.getByRole("button", { name: "Undo" }).click();
    await settle(page);
    expect(await kept(page)).toEqual([["For all.", { mastodon: "For Mastodon." }]]);
    expect(await area(page).inputValue()).toBe("For Mastodon.");
    await page.keyboard.press("Control+s");
    await settle(page);
    expect(await page.locator(".c-own").count()).toBe(0);
    await page.keyboard.press("Control+o");
    await settle(page);
    await page.keyboard.press("Enter");
    await settle(page);
    expect(await area(page).inputValue()).toBe("For all.");
    await tab(page, "Mastodon").click();
    expect(await area(page).inputValue()).toBe("For Mastodon.");
    await page.context().close();
  });

  it("have findings of their own, which show where they are", async () => {
    const page = await stage.page({ language: "en" });
    await settle(page);
    await write(page, "For all.");
    await begin(page, "Mastodon");
    await write(page, "For\u200b Mastodon.");
    expect(await page.locator(".mirror mark").count()).toBe(1);
    await tab(page, "Common text").click();
    await settle(page);
    expect(await page.locator(".mirror mark").count()).toBe(0);
    await area(page).focus();
    await page.keyboard.press("F8");
    await settle(page);
    expect(await area(page).inputValue()).toBe("For\u200b Mastodon.");
    const selected = await area(page).evaluate((field: HTMLTextAreaElement) => [
      field.selectionStart,
      field.selectionEnd,
    ]);
    expect(selected).toEqual([3, 4]);
    // Nothing in it is nothing to post there.
    await write(page, "");
    expect(await page.locator(".find.block").innerText()).toContain("Mastodon");
    expect(await page.locator(".go").getAttribute("aria-disabled")).toBe("true");
    await page.context().close();
  });

  it("are part of what an official account confirms", async () => {
    const page = await stage.page({ language: "en" });
    await settle(page);
    await page.locator(".chip[data-p=official]").click();
    await write(page, "The common words.");
    await begin(page, "Bluesky");
    await write(page, "Our words.");
    const confirm = async () => {
      await page.getByRole("button", { name: /Type the handle/ }).click();
      await page.locator(".c-field input").fill("asagi-works.example");
      await settle(page);
    };
    await confirm();
    expect(await page.locator(".go").count()).toBe(1);
    await write(page, "Other words.");
    expect(await page.locator(".go").count()).toBe(0);
    await confirm();
    await page.locator(".go").click();
    await settle(page);
    expect(await queued(page)).toEqual([["a-asagi", "Other words."]]);
    await page.context().close();
  });
});
