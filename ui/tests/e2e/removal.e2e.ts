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
const none = { planned: null, planned_at: null, window: null };
const planned = { planned: Date.parse(at), planned_at: at };

describe("what is removed from the queue", () => {
  it.each<[string, Partial<Delivery>]>([
    ["turned away", { state: "rejected", ...none }],
    ["frozen", { frozen: true }],
    ["its exact time is over", { when: { at: "2026-11-25 10:30" }, ...none }],
    ["its end is over", { expires_at: "2026-11-25T10:30:00.000+09:00" }],
  ])("is kept as a draft and not queued otherwise: %s", async (_, change) => {
    const page = await withOne(change);
    expect(await page.locator(".undo").innerText()).toBe("Removed. The text is kept under Drafts.");
    await page.keyboard.press("Control+z");
    await settle(page);
    expect(await world(page)).toEqual({ queue: [], drafts: 1 });
    await page.context().close();
  });

  it.each<[string, Partial<Delivery>]>([
    ["for the next break", {}],
    ["for another window", { when: { window: "evening" }, window: "evening", ...planned }],
    ["at an exact time", { when: { at }, override_window: true, window: null, ...planned }],
    ["on hold", { state: "held", ...none }],
    ["on hold until a time", { state: "held", hold_until: at, ...none }],
    [
      "on hold until a time that has come",
      { state: "held", hold_until: "2026-11-25T10:00:00.000+09:00", ...none },
    ],
    ["with an end", { expires_at: at }],
  ])("is put back as it was asked for: %s", async (_, change) => {
    const page = await stage.page({ main: true, seed: { queue: 3, texts: "en" } });
    await page.evaluate((given) => {
      const { queue } = globalThis.kossoriFake.world;
      Object.assign(queue[1] ?? {}, given, { account: "a-blue" });
      globalThis.kossoriFake.tell({ event: "changed" });
    }, change as object);
    await settle(page);
    const asked = () =>
      page.evaluate(() =>
        globalThis.kossoriFake.world.queue
          .toSorted((a, b) => a.rank - b.rank)
          .map(({ post, account, text, state, when, override_window, hold_until, expires_at, position }) => ({
            post,
            account,
            text,
            state,
            when,
            override_window,
            hold_until,
            expires_at,
            position,
          })),
      );
    const before = await asked();
    const id = await page.evaluate(() => globalThis.kossoriFake.world.queue[1]?.id);
    await page.locator(`.it[data-id="${id}"] .open`).focus();
    await page.keyboard.press("Delete");
    await settle(page);
    expect(await asked()).toHaveLength(2);
    await page.keyboard.press("Control+z");
    await settle(page);
    expect(await asked()).toEqual(before);
    expect(await page.locator(".find.block").count()).toBe(0);
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

describe("what was changed in the queue is taken back", () => {
  const first = (page: Page) =>
    page.evaluate(() => {
      const [one] = globalThis.kossoriFake.world.queue;
      return one && { state: one.state, when: one.when, hold: one.hold_until, end: one.expires_at };
    });
  const undo = async (page: Page, says: string) => {
    expect(await page.locator(".undo").innerText()).toContain(says);
    await page.keyboard.press("Control+z");
    await settle(page);
  };
  const opened = async (change: Partial<Delivery>) => {
    const page = await stage.page({ main: true, seed: { queue: 1, texts: "en" } });
    await page.evaluate((given) => {
      Object.assign(globalThis.kossoriFake.world.queue[0] ?? {}, given);
      globalThis.kossoriFake.tell({ event: "changed" });
    }, change as object);
    await settle(page);
    await page.locator(".it .open").first().click();
    return page;
  };

  it("another time", async () => {
    const page = await opened({ when: { at }, override_window: true, expires_at: at, ...planned });
    const before = await first(page);
    await page.getByRole("button", { name: "Another time" }).click();
    await page.getByRole("button", { name: "Evening" }).click();
    await settle(page);
    expect(await first(page)).toMatchObject({ when: { window: "evening" }, end: null });
    await undo(page, "The time is changed.");
    expect(await first(page)).toEqual(before);
    await page.context().close();
  });

  it("a hold", async () => {
    const page = await opened({});
    await page.getByRole("button", { name: "Hold" }).click();
    await settle(page);
    expect(await first(page)).toMatchObject({ state: "held" });
    await undo(page, "It is on hold.");
    expect(await first(page)).toMatchObject({ state: "queued" });
    await page.context().close();
  });

  it("a yes, with the end of its hold", async () => {
    const page = await opened({ state: "held", hold_until: at, ...none });
    await page.getByRole("button", { name: "Let it go out" }).click();
    await settle(page);
    expect(await first(page)).toMatchObject({ state: "queued", hold: null });
    await undo(page, "It may go out.");
    expect(await first(page)).toMatchObject({ state: "held", hold: at });
    await page.context().close();
  });
});
