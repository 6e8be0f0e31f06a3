import type { Page } from "playwright-core";
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

const hours = (page: Page) =>
  page.evaluate(() => globalThis.kossoriFake.world.hours.map(({ from, to }) => `${from}–${to}`));

/** Nine to twelve and one to six. */
async function settings(): Promise<Page> {
  const page = await stage.page({ main: true, seed: { texts: "en" } });
  await page.evaluate(() => {
    const { world } = globalThis.kossoriFake;
    const [work] = world.hours;
    if (work)
      world.hours = [
        { ...work, to: "12:00" },
        { ...work, from: "13:00" },
      ];
    globalThis.kossoriFake.tell({ event: "changed" });
  });
  await settle(page);
  await page.keyboard.press(keyOf("windows"));
  await page.locator(".line .open", { hasText: "13:00–18:00" }).click();
  return page;
}

const to = (page: Page) => page.locator(".period input.num").nth(1);

it("work hours that are refused leave those that were, and the form with its edit", async () => {
  const page = await settings();
  await to(page).fill("25:00");
  await page.locator(".period .pri").click();
  await settle(page);
  expect(await hours(page)).toEqual(["09:00–12:00", "13:00–18:00"]);
  expect(await page.locator(".find.block").innerText()).toContain("25:00");
  expect(await to(page).inputValue()).toBe("25:00");
  await to(page).fill("19:00");
  await page.locator(".period .pri").click();
  await settle(page);
  expect(await hours(page)).toEqual(["09:00–12:00", "13:00–19:00"]);
  expect(await page.locator(".period").count()).toBe(0);
  await page.context().close();
});

it("work hours that fail half way are put back", async () => {
  const page = await settings();
  await to(page).fill("19:00");
  await page.evaluate(() => globalThis.kossoriFake.fail("hours_add", { code: "disk_full" }));
  await page.locator(".period .pri").click();
  await settle(page);
  expect(await hours(page)).toEqual(["09:00–12:00", "13:00–18:00"]);
  expect(await page.locator(".find.block").innerText()).toContain("disk_full");
  expect(await to(page).inputValue()).toBe("19:00");
  await page.context().close();
});

it("a host that goes in between puts them back when it is there again", async () => {
  const page = await settings();
  await to(page).fill("19:00");
  await page.evaluate(() => {
    globalThis.kossoriFake.swallow("hours_set");
  });
  await page.locator(".period .pri").click();
  await settle(page);
  await page.evaluate(() => globalThis.kossoriFake.die("gone"));
  await settle(page);
  await page.evaluate(() => globalThis.kossoriFake.revive());
  await settle(page);
  expect(await hours(page)).toEqual(["09:00–12:00", "13:00–18:00"]);
  await page.context().close();
});
