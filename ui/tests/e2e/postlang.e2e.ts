// The language that a post says it is in: its own, until a person chooses one.
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
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

async function queued(page: Page) {
  await page.keyboard.press("Control+Enter");
  await settle(page);
  return page.evaluate(() => {
    const one = globalThis.kossoriFake.asked.filter((call) => call.do === "post_add").at(-1);
    return one?.do === "post_add" ? one.content.lang : "nothing was queued";
  });
}

it("is that of the text, not of the page", async () => {
  const page = await stage.page({ language: "ja" });
  await settle(page);
  expect(await area(page).getAttribute("lang")).toBe("ja");
  await write(page, "A little about the book I finished.");
  expect(await area(page).getAttribute("lang")).toBe("en");
  expect(await queued(page)).toBe("en");
  await write(page, "昼に読みおえた本のことを少し。");
  expect(await queued(page)).toBe("ja");
  await page.context().close();
});

it("stays the one that was chosen, and none if none was", async () => {
  const page = await stage.page({ language: "en" });
  await settle(page);
  await write(page, "Lunch");
  await page.getByRole("button", { name: "Language, visibility, waiting" }).click();
  const select = page.locator(".options select").first();
  expect(await select.inputValue()).toBe("en");
  await select.selectOption("ja");
  await write(page, "Lunch, late");
  expect(await area(page).getAttribute("lang")).toBe("ja");
  await select.selectOption({ label: "Not said" });
  await write(page, "Lunch, at last");
  expect(await select.inputValue()).toBe("");
  expect(await queued(page)).toBe(null);
  // The next one is told by its text again.
  await write(page, "Supper");
  expect(await queued(page)).toBe("en");
  await page.context().close();
});
