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

it("an official account becomes another persona only by the held button", async () => {
  const page = await stage.page({ main: true, seed: { texts: "en" } });
  await settle(page);
  const persona = () =>
    page.evaluate(() => globalThis.kossoriFake.world.accounts.find(({ id }) => id === "a-asagi")?.persona);
  await page.keyboard.press(keyOf("accounts"));
  await page.locator(".who-row .open", { hasText: "asagi-works" }).click();
  await page.locator(".card .chip[data-p=personal]").click();
  await settle(page);
  expect(await persona()).toBe("official");
  await page.locator(".card .holdb").hover();
  await page.mouse.down();
  await page.clock.runFor(1000);
  await settle(page);
  await page.mouse.up();
  expect(await persona()).toBe("personal");
  await page.locator(".card .chip[data-p=anonymous]").click();
  await settle(page);
  expect(await persona()).toBe("anonymous");
  await page.context().close();
});

it("the first run asks who speaks", async () => {
  const page = await stage.page({
    main: true,
    width: 720,
    height: 560,
    seed: { accounts: "none", preferences: { first_run_done: false } },
  });
  await settle(page);
  for (const _ of [1, 2]) {
    await page.locator(".foot .wide").click();
    await settle(page);
  }
  await page.locator(".pick").nth(1).click();
  await page.locator(".add input.f").first().fill("works.example");
  await page.locator(".add input.f").nth(1).fill("abcd-efgh");
  await page.getByLabel("Official").check();
  await page.locator(".add button").click();
  await settle(page);
  const accounts = await page.evaluate(() =>
    globalThis.kossoriFake.world.accounts.map(({ network, persona }) => `${network} ${persona}`),
  );
  expect(accounts).toEqual(["bluesky official"]);
  await page.context().close();
});
