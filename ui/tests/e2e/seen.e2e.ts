// What is out is seen by others than were meant to: nobody may miss that, wherever it stands.
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { Delivery } from "../fake/world";
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

const WORDS = "Asked for: Followers only. Visible as: Public.";
const differs = { asked: "private", got: "public" };
const out = { parts: 3, parts_sent: 1, parts_there: [1], visibility_differs: differs };

async function withOne(change: Partial<Delivery>): Promise<Page> {
  const page = await stage.page({ main: true, seed: { queue: 1, texts: "en" } });
  await page.evaluate((given) => {
    Object.assign(globalThis.kossoriFake.world.queue[0] ?? {}, given);
    globalThis.kossoriFake.tell({ event: "changed" });
  }, change as object);
  await settle(page);
  return page;
}

const deletions = (page: Page) =>
  page.evaluate(() => globalThis.kossoriFake.asked.filter((one) => one.do === "post_delete").length);

it("a thread of which a part is out says it on its closed row, and what comes first", async () => {
  const page = await withOne(out);
  const row = page.locator(".list .it");
  expect(await row.innerText()).toContain(WORDS);
  await row.locator(".open").click();
  const more = await row.locator(".more").innerText();
  expect(more).toContain(`${WORDS} Take the rest back first, then delete what is there.`);
  expect(await row.getByRole("button", { name: "Delete there…" }).count()).toBe(0);
  await page.context().close();
});

it("one whose rest was turned away is taken down from its row", async () => {
  const page = await withOne({ ...out, state: "rejected", planned: null, deletable: true });
  const row = page.locator(".list .it:not(.sent)");
  await row.locator(".open").click();
  await row.getByRole("button", { name: "Delete there…" }).click();
  await row.getByRole("button", { name: "Delete it there" }).click();
  await settle(page);
  expect(await deletions(page)).toBe(1);
  expect(await row.innerText()).not.toContain(WORDS);
  await page.context().close();
});

it("one whose outcome is open says it too", async () => {
  const page = await withOne({ ...out, state: "needs_you", asked_at: "2026-11-25T09:00:00.000+09:00" });
  expect(await page.locator(".card-ask").innerText()).toContain(WORDS);
  await page.context().close();
});

it("what was sent lately opens by itself for it, stays while it is taken down, and can be closed", async () => {
  const sent = { state: "sent", sent_at: "2026-11-25T09:00:00.000+09:00", planned: null, deletable: true };
  const page = await withOne({ ...out, ...sent, parts: 1 });
  const row = page.locator(".sent");
  expect(await row.innerText()).toContain(WORDS);
  const title = page.getByRole("button", { name: "Sent lately" });
  await title.click();
  await page.evaluate(() => globalThis.kossoriFake.tell({ event: "changed" }));
  await settle(page);
  expect(await row.count()).toBe(0);
  // Whoever comes back sees it again.
  await page.keyboard.press(keyOf("drafts"));
  await settle(page);
  await page.keyboard.press(keyOf("queue"));
  await row.waitFor();
  await page.getByRole("button", { name: "Delete there…" }).click();
  await page.getByRole("button", { name: "Delete it there" }).click();
  await settle(page);
  expect(await deletions(page)).toBe(1);
  expect(await row.innerText()).toContain("Deleted there");
  await page.keyboard.press(keyOf("drafts"));
  await settle(page);
  await page.keyboard.press(keyOf("queue"));
  await settle(page);
  expect(await title.getAttribute("aria-expanded")).toBe("false");
  await page.context().close();
});

it("is read once for each change, as long as it is seen so", async () => {
  const page = await stage.page({ main: true, seed: { journal: 9, texts: "en" } });
  await settle(page);
  const read = () =>
    page.evaluate(() => globalThis.kossoriFake.asked.filter((one) => one.do === "journal").length);
  const before = await read();
  expect(before).toBeGreaterThan(0);
  await settle(page);
  expect(await read()).toBe(before);
  await page.evaluate(() => globalThis.kossoriFake.tell({ event: "changed" }));
  await settle(page);
  expect((await read()) - before).toBe(1);
  await page.context().close();
});
