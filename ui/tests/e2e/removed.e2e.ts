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

async function removed(): Promise<Page> {
  const page = await stage.page({ main: true, seed: { drafts: 1, texts: "en" } });
  await settle(page);
  await page.keyboard.press(keyOf("drafts"));
  await page.locator(".line .ib").click();
  await settle(page);
  return page;
}

const kept = (page: Page) =>
  page.evaluate(() =>
    globalThis.kossoriFake.world.drafts.map(({ accounts, content }) => ({
      accounts,
      text: content.parts[0]?.text.slice(0, 18),
    })),
  );

it("a removed draft that cannot be put back is kept, says why, and can be tried again", async () => {
  const page = await removed();
  await page.evaluate(() => globalThis.kossoriFake.fail("draft_add", { code: "disk_full" }));
  await page.locator(".undo .lk").click();
  await settle(page);
  expect(await kept(page)).toEqual([]);
  expect(await page.locator(".undo").innerText()).toContain("The disk is full, so nothing was saved.");
  await page.clock.runFor(11_000);
  await page.keyboard.press(keyOf("queue"));
  await settle(page);
  await page.keyboard.press(keyOf("drafts"));
  await settle(page);
  expect(await page.locator(".card-ask").innerText()).toContain("Finally wrapped up.");
  expect(await page.locator(".card-ask").innerText()).toContain("disk_full");
  await page.getByRole("button", { name: "Put it back" }).click();
  await settle(page);
  expect(await kept(page)).toEqual([{ accounts: ["a-blue"], text: "Finally wrapped up" }]);
  expect(await page.locator(".card-ask").count()).toBe(0);
  await page.context().close();
});

it("a removed draft comes back without the account that was removed meanwhile", async () => {
  const page = await removed();
  await page.evaluate(() => {
    const { world } = globalThis.kossoriFake;
    world.accounts = world.accounts.filter(({ id }) => id !== "a-blue");
  });
  await page.locator(".undo .lk").click();
  await settle(page);
  expect(await kept(page)).toEqual([{ accounts: [], text: "Finally wrapped up" }]);
  await page.context().close();
});
