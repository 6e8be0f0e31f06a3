// Looking back: what came of each delivery, by day, and what can be done about it.
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Seed } from "../fake/seeds";
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

async function journal(seed: Seed): Promise<Page> {
  const page = await stage.page({ main: true, seed: { texts: "en", ...seed } });
  await settle(page);
  await page.keyboard.press(keyOf("journal"));
  await page.getByRole("heading", { level: 1, name: "Journal" }).waitFor();
  await settle(page);
  return page;
}

const rows = (page: Page) => page.locator(".list .it");
const asked = (page: Page, what: string) =>
  page.evaluate((what) => globalThis.kossoriFake.asked.filter((one) => one.do === what).length, what);

describe("what is shown", () => {
  it("an empty one says what will stand here", async () => {
    const page = await journal({});
    const text = await page.locator(".empty").innerText();
    expect(text).toContain("Nothing has gone out yet.");
    expect(text).toContain("What went out, was turned away or removed stands here");
    await page.context().close();
  });

  it("the newest first, by day, each with its outcome and its account; nobody anonymous unasked", async () => {
    const page = await journal({ journal: 30 });
    const times = await page.locator(".list .it .t").allInnerTexts();
    expect(times[0]).toBe("09:42");
    expect(await page.locator(".list h2").allInnerTexts()).toEqual([
      expect.stringContaining("Today"),
      expect.stringContaining("Yesterday"),
    ]);
    expect(await page.locator(".list").innerText()).not.toContain("yofukashi");
    expect((await rows(page).first().innerText()).replace(/\s+/g, " ")).toMatch(/Went out B haruka\.dev/);
    await page.getByLabel("Accounts").selectOption("");
    await settle(page);
    expect(await rows(page).count()).toBe(30);
    expect(await page.locator(".list").innerText()).toContain("yofukashi");
    await page.context().close();
  });

  it("by account, network, outcome and words, and how many of them", async () => {
    const page = await journal({ journal: 30 });
    await page.getByLabel("Accounts").selectOption("");
    await settle(page);
    const count = page.getByRole("status").filter({ hasText: "entries" });
    await page.getByLabel("Outcome").selectOption("failed");
    await settle(page);
    expect(await rows(page).count()).toBe(3);
    expect(await count.innerText()).toBe("3 of 30 entries");
    await page.getByLabel("Outcome").selectOption("differs");
    await settle(page);
    for (const text of await rows(page).allInnerTexts()) expect(text).toContain("Visible as: Public.");
    await page.getByLabel("Outcome").selectOption("");
    await settle(page);
    await page.getByLabel("Network").selectOption("mastodon");
    await settle(page);
    expect(await rows(page).count()).toBe(12);
    await page.getByLabel("Network").selectOption("");
    await settle(page);
    await page.getByLabel("Accounts").selectOption({ label: "asagi-works.example, Bluesky" });
    await settle(page);
    expect(await rows(page).count()).toBe(6);
    await page.getByLabel("Accounts").selectOption("");
    await settle(page);
    await page.keyboard.press("Control+f");
    await page.keyboard.type("BADGER");
    expect(await rows(page).count()).toBeGreaterThan(0);
    for (const text of await rows(page).allInnerTexts()) expect(text).toContain("badger");
    await page.keyboard.type("zzz");
    expect(await page.locator(".list").innerText()).toContain("Nothing that is read matches.");
    await page.keyboard.press("Escape");
    await settle(page);
    expect(await rows(page).count()).toBe(30);
    await page.context().close();
  });

  it("a hundred at a time, and the focus goes to the first that is new", async () => {
    const page = await journal({ journal: 150 });
    await page.getByLabel("Accounts").selectOption("");
    await settle(page);
    expect(await rows(page).count()).toBe(100);
    const before = await rows(page).last().getAttribute("data-id");
    const older = page.getByRole("button", { name: "Read older ones" });
    await older.focus();
    await page.keyboard.press("Enter");
    await settle(page);
    expect(await rows(page).count()).toBe(150);
    expect(await older.count()).toBe(0);
    expect(await page.getByRole("status").filter({ hasText: "are read" }).innerText()).toBe(
      "50 older entries are read.",
    );
    const ids = await rows(page).evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset.id));
    expect(new Set(ids).size).toBe(150);
    const focused = await page.evaluate(
      () => document.activeElement?.closest<HTMLElement>(".it")?.dataset.id ?? null,
    );
    expect(focused).toBe(ids[ids.indexOf(before ?? "") + 1]);
    // What happens meanwhile comes on top, and what was read stays.
    await page.evaluate(() => {
      const { world } = globalThis.kossoriFake;
      const [last] = world.queue;
      if (last) world.queue.push({ ...last, id: "new", ended: Date.now() });
      globalThis.kossoriFake.tell({ event: "changed" });
    });
    await settle(page);
    expect(await rows(page).first().getAttribute("data-id")).toBe("new");
    expect(await rows(page).count()).toBe(151);
    await page.context().close();
  });

  it("a page that cannot be read says why, and what is read stays", async () => {
    const page = await journal({ journal: 150 });
    await page.evaluate(() => globalThis.kossoriFake.fail("journal", { code: "database_damaged" }));
    await page.getByRole("button", { name: "Read older ones" }).click();
    await settle(page);
    expect(await page.locator(".find.block").innerText()).toContain("database_damaged");
    expect(await rows(page).count()).toBeGreaterThan(50);
    await page.context().close();
  });
});

describe("what can be done", () => {
  it("each part is opened where it is; one without an address shows its id", async () => {
    const page = await journal({ journal: 5 });
    await page.keyboard.press("j");
    for (let n = 0; n < 3; n += 1) await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    const parts = page.locator(".it .parts li");
    expect((await parts.allInnerTexts()).map((text) => text.replace(/\s+/g, " ").trim())).toEqual([
      "Part 1: https://bsky.app/profile/haruka.dev/post/3k4",
      "Part 2: at-4-2",
    ]);
    await parts.first().getByRole("button").click();
    expect(await page.evaluate(() => globalThis.kossoriFake.opened)).toEqual([
      "https://bsky.app/profile/haruka.dev/post/3k4",
    ]);
    await page.context().close();
  });

  it("it is deleted there after a yes, says so while it is, and when it is done", async () => {
    const page = await journal({ journal: 1 });
    await rows(page).locator(".open").click();
    await page.getByRole("button", { name: "Delete there…" }).click();
    await page.keyboard.press("Enter");
    expect(await asked(page, "post_delete"), "the answer at hand is the safe one").toBe(0);
    const go = await page.evaluateHandle(() => globalThis.kossoriFake.stall("post_delete"));
    await page.getByRole("button", { name: "Delete there…" }).click();
    await page.getByRole("button", { name: "Delete it there" }).click();
    await page.getByRole("status").filter({ hasText: "It is being deleted there…" }).waitFor();
    expect(await page.getByRole("button", { name: "Delete there…" }).count()).toBe(0);
    await go.evaluate((go) => go());
    await settle(page);
    expect(await page.getByRole("status").filter({ hasText: "It is deleted there." }).count()).toBe(1);
    expect(await rows(page).innerText()).toContain("Deleted there");
    expect(await rows(page).locator(".parts").innerText()).toContain("deleted there");
    await page.context().close();
  });

  it("one that is not deleted says why, and can be tried again", async () => {
    const page = await journal({ journal: 1 });
    await rows(page).locator(".open").click();
    await page.evaluate(() => globalThis.kossoriFake.fail("post_delete", { code: "server_unreachable" }));
    await page.getByRole("button", { name: "Delete there…" }).click();
    await page.getByRole("button", { name: "Delete it there" }).click();
    await settle(page);
    expect(await page.locator(".find.block").innerText()).toContain("server_unreachable");
    expect(await page.getByRole("button", { name: "Delete there…" }).count()).toBe(1);
    await page.context().close();
  });

  it("an outcome that nobody knows is settled here too", async () => {
    const page = await journal({ journal: 3, unknown: true });
    await page.getByLabel("Outcome").selectOption("unknown");
    await settle(page);
    expect(await rows(page).count()).toBe(1);
    await rows(page).locator(".open").click();
    await page.getByRole("button", { name: "Leave it" }).click();
    await settle(page);
    expect(await asked(page, "queue_resolve")).toBe(1);
    expect(await page.locator(".card-ask").count()).toBe(0);
    await page.context().close();
  });

  it("what was turned away is queued again, and says that it waits", async () => {
    const page = await journal({ journal: 4 });
    await page.getByLabel("Accounts").selectOption("");
    await settle(page);
    await page.getByLabel("Outcome").selectOption("failed");
    await settle(page);
    await rows(page).locator(".open").click();
    await page.getByRole("button", { name: "Queue it again" }).click();
    await settle(page);
    expect(
      await page.evaluate(() => globalThis.kossoriFake.world.queue.some((one) => one.state === "queued")),
    ).toBe(true);
    await page.context().close();
  });
});
