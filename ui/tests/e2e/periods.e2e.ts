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

it("a window of some accounts is for all of them only when that is chosen", async () => {
  const page = await stage.page({ main: true, seed: { texts: "en" } });
  await settle(page);
  const accounts = () => page.evaluate(() => globalThis.kossoriFake.world.windows[0]?.accounts);
  await page.keyboard.press(keyOf("windows"));
  await page.locator(".line .open").first().click();
  await page.getByLabel("These").check();
  const save = page.locator(".period .pri");
  expect(await save.getAttribute("aria-disabled")).toBe("true");
  expect(await page.locator(".period").innerText()).toContain("Choose an account");
  await page.locator(".period input.num").first().press("Enter");
  await settle(page);
  expect(await page.locator(".period").count()).toBe(1);
  await page.locator(".period .checks").last().getByLabel("yofukashi").check();
  await save.click();
  await page.locator(".period").waitFor({ state: "detached" });
  await settle(page);
  expect(await accounts()).toEqual(["a-night"]);
  await page.locator(".line .open").first().click();
  await page.locator(".period .checks").last().getByLabel("yofukashi").uncheck();
  await page.locator(".period input.num").first().press("Enter");
  await settle(page);
  expect(await accounts()).toEqual(["a-night"]);
  await page.getByLabel("All", { exact: true }).check();
  await save.click();
  await page.locator(".period").waitFor({ state: "detached" });
  await settle(page);
  expect(await accounts()).toBeNull();
  await page.context().close();
});
