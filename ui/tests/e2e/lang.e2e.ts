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

it("Japanese texts are marked as such on an English page", async () => {
  const page = await stage.page({ main: true, seed: { queue: 1, drafts: 1, unknown: true, texts: "ja" } });
  await settle(page);
  expect(await page.locator("html").getAttribute("lang")).toBe("en");
  const langs = () => page.locator(".words").evaluateAll((all) => all.map((one) => one.getAttribute("lang")));
  expect(await langs()).toEqual(["ja", "ja"]);
  await page.keyboard.press(keyOf("drafts"));
  await page.locator(".line").waitFor();
  expect(await langs()).toEqual(["ja"]);
  await page.context().close();
});
