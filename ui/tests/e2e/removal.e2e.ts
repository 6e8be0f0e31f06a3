import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Delivery } from "../fake/world";
import { settle } from "../screens";
import { Stage } from "../stage";

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());
afterEach(() => {
  expect(stage.trouble.splice(0)).toEqual([]);
});

const world = (page: Page) =>
  page.evaluate(() => {
    const { queue, drafts } = globalThis.kossoriFake.world;
    return { queue: queue.map(({ text, state, when }) => ({ text, state, when })), drafts: drafts.length };
  });

async function withOne(change: Partial<Delivery>): Promise<Page> {
  const page = await stage.page({ main: true, seed: { queue: 1, texts: "en" } });
  await page.evaluate((given) => {
    const { world } = globalThis.kossoriFake;
    Object.assign(world.queue[0] ?? {}, given);
    globalThis.kossoriFake.tell({ event: "changed" });
  }, change as object);
  await settle(page);
  await page.locator(".it .open").first().focus();
  await page.keyboard.press("Delete");
  await settle(page);
  return page;
}

const at = "2026-11-25T20:00:00.000+09:00";

describe("what is removed from the queue", () => {
  it.each<[string, Partial<Delivery>]>([
    ["turned away", { state: "rejected", planned: null, planned_at: null, window: null }],
    [
      "for another window",
      { when: { window: "evening" }, window: "evening", planned: Date.parse(at), planned_at: at },
    ],
    [
      "at an exact time",
      { when: { at: "2026-11-25 20:00" }, window: null, planned: Date.parse(at), planned_at: at },
    ],
    ["on hold", { state: "held", planned: null, planned_at: null, window: null }],
    ["frozen", { frozen: true }],
    ["with an end", { expires_at: at }],
  ])("is kept as a draft and not queued otherwise: %s", async (_, change) => {
    const page = await withOne(change);
    expect(await page.locator(".undo").innerText()).toBe("Removed. The text is kept under Drafts.");
    await page.keyboard.press("Control+z");
    await settle(page);
    expect(await world(page)).toEqual({ queue: [], drafts: 1 });
    await page.context().close();
  });

  it("says that parts of it are out", async () => {
    const page = await withOne({ parts: 3, parts_sent: 1 });
    expect(await page.locator(".undo").innerText()).toContain("parts too that are out already");
    expect(await page.locator(".undo button").count()).toBe(0);
    await page.context().close();
  });

  it("is put back, unless the draft was changed meanwhile", async () => {
    const page = await withOne({});
    await page.evaluate(() => {
      const [draft] = globalThis.kossoriFake.world.drafts;
      if (draft) draft.rev = 2;
    });
    await page.locator(".undo .lk").click();
    await settle(page);
    expect((await world(page)).queue).toEqual([]);
    expect(await page.locator(".find.block").innerText()).toContain("draft_stale");
    await page.context().close();
  });
});
