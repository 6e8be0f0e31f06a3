import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
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

it("the main window opens again with the section that it showed last", async () => {
  const page = await stage.page({ main: true, language: "en" });
  const current = page.locator("[aria-current=page]");
  await settle(page);
  expect(await current.innerText()).toContain("Queue");
  await page.keyboard.press(keyOf("drafts"));
  await page.locator("h1", { hasText: "Drafts" }).waitFor();
  await page.reload();
  await page.locator("h1", { hasText: "Drafts" }).waitFor();
  expect(await current.innerText()).toContain("Drafts");
  // A section that this version does not have.
  await page.evaluate(() => localStorage.setItem("kossori.section", "feed"));
  await page.reload();
  await settle(page);
  expect(await current.innerText()).toContain("Queue");
  await page.context().close();
});
