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

const first = (page: Page) =>
  page.evaluate(() => {
    const [one] = globalThis.kossoriFake.world.queue;
    return one && { text: one.text, state: one.state };
  });

const field = (page: Page) => page.locator(".edit textarea");

async function editing(): Promise<Page> {
  const page = await stage.page({ main: true, seed: { accounts: "practice", queue: 1, texts: "en" } });
  await settle(page);
  await page.locator(".it .open").first().click();
  await page.getByRole("button", { name: "Edit" }).click();
  await settle(page);
  return page;
}

it("what is edited is on hold until it is saved, and its edit outlasts Esc and the section", async () => {
  const page = await editing();
  expect(await first(page)).toMatchObject({ state: "held" });
  await field(page).fill("Mended");
  // Past the time that was drawn for it.
  await page.clock.runFor(3 * 3_600_000);
  await settle(page);
  expect(await first(page)).toMatchObject({ state: "held" });
  await field(page).press("Escape");
  expect(await field(page).inputValue()).toBe("Mended");
  expect(await page.locator(".edit").innerText()).toContain("Your edit stays here.");
  await page.keyboard.press(keyOf("drafts"));
  await settle(page);
  await page.keyboard.press(keyOf("queue"));
  await settle(page);
  expect(await field(page).inputValue()).toBe("Mended");
  await page.getByRole("button", { name: "Save" }).click();
  await settle(page);
  expect(await first(page)).toEqual({ text: "Mended", state: "queued" });
  expect(await page.evaluate(() => globalThis.kossoriFake.staysOpen.has("text"))).toBe(false);
  await page.context().close();
});

it("an edit that is cancelled lets it go on, and can be taken up again", async () => {
  const page = await editing();
  const { text = "" } = (await first(page)) ?? {};
  await field(page).fill("Mended");
  await page.getByRole("button", { name: "Cancel" }).click();
  await settle(page);
  expect(await first(page)).toEqual({ text, state: "queued" });
  await page.locator(".undo .lk").click();
  await settle(page);
  expect(await first(page)).toEqual({ text, state: "held" });
  expect(await field(page).inputValue()).toBe("Mended");
  await page.context().close();
});

it("an edit outlasts what was edited, and becomes a draft", async () => {
  const page = await editing();
  await field(page).fill("Mended");
  await page.evaluate(() => {
    globalThis.kossoriFake.world.queue = [];
    globalThis.kossoriFake.tell({ event: "changed" });
  });
  await settle(page);
  await page.getByRole("button", { name: "Keep as a draft" }).click();
  await settle(page);
  const drafts = await page.evaluate(() =>
    globalThis.kossoriFake.world.drafts.map(({ content }) => content.parts[0]?.text),
  );
  expect(drafts).toEqual(["Mended"]);
  expect(await page.locator(".card-ask").count()).toBe(0);
  await page.context().close();
});

it("an edit that is blocked names what is found", async () => {
  const page = await editing();
  await field(page).fill("x".repeat(510));
  await page.getByRole("button", { name: "Save" }).click();
  await settle(page);
  expect(await page.locator(".edit").innerText()).toContain("10 characters too long (510 of 500)");
  expect((await field(page).inputValue()).length).toBe(510);
  await page.context().close();
});
