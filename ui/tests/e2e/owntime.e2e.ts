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

async function windows(queue = 3): Promise<Page> {
  const page = await stage.page({ main: true, seed: { texts: "en", queue } });
  await settle(page);
  await page.keyboard.press(keyOf("windows"));
  await page.getByRole("heading", { name: "Days off" }).waitFor();
  await settle(page);
  return page;
}

const world = (page: Page) =>
  page.evaluate(() => {
    const { daysOff, closed, overtime, holidayTable, pausedUntil, breaks } = globalThis.kossoriFake.world;
    const spans = closed.map(({ from, to }) => `${from.slice(0, 16)}–${to.slice(0, 16)}`);
    return {
      daysOff,
      closed: spans,
      overtime: overtime?.until.slice(0, 16),
      holidayTable,
      pausedUntil,
      breaks: breaks.length,
    };
  });
const undo = (page: Page) => page.locator(".undo");
const focused = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute("data-add"));

it("a day off is added and removed by keys, with Undo", async () => {
  const page = await windows();
  expect(await page.locator("[data-of=days]").innerText()).toContain("No days off are set");
  await page.locator("[data-add=days]").press("Enter");
  const day = page.getByLabel("Day", { exact: true });
  expect(await day.evaluate((field) => field === document.activeElement)).toBe(true);
  await day.fill("2026-11-26");
  await day.press("Enter");
  await settle(page);
  expect((await world(page)).daysOff).toEqual(["2026-11-26"]);
  expect(await undo(page).innerText()).toContain("Thu 26 November is a day off.");
  expect(await focused(page)).toBe("days");
  const remove = page.getByRole("button", { name: "Remove Thu 26 November" });
  await remove.press("Delete");
  await settle(page);
  expect((await world(page)).daysOff).toEqual([]);
  expect(await focused(page)).toBe("days");
  await page.keyboard.press("Control+z");
  await settle(page);
  expect((await world(page)).daysOff).toEqual(["2026-11-26"]);
  await page.context().close();
});

it("a closed period is added, refused where it ends before it begins, and taken back", async () => {
  const page = await windows();
  await page.locator("[data-add=closed]").click();
  await page.getByLabel("First day").fill("2026-12-28");
  await page.getByLabel("Last day").fill("2026-12-27");
  await page.getByRole("button", { name: "Close it" }).click();
  await settle(page);
  expect(await page.locator("form.period [role=alert]").innerText()).toContain("closed_backwards");
  await page.getByLabel("Last day").fill("2027-01-03");
  await page.keyboard.press("Enter");
  await settle(page);
  expect((await world(page)).closed).toEqual(["2026-12-28T00:00–2027-01-04T00:00"]);
  expect(await page.locator("[data-of=closed]").innerText()).toContain(
    "Mon 28 December – Sun 3 January 2027",
  );
  await undo(page).getByRole("button").click();
  await settle(page);
  expect((await world(page)).closed).toEqual([]);
  await page.context().close();
});

it("Escape leaves a form and gives the focus back", async () => {
  const page = await windows();
  await page.locator("[data-add=closed]").press("Enter");
  await page.getByLabel("Time it begins").press("Escape");
  await settle(page);
  expect(await page.locator("form.period").count()).toBe(0);
  expect(await focused(page)).toBe("closed");
  await page.context().close();
});

it("overtime is set, shown in the week, and ended", async () => {
  const page = await windows();
  await page.getByLabel("Overtime until").fill("9:5");
  await page.getByLabel("Overtime until").fill("２１：００");
  await page.getByLabel("Overtime until").press("Enter");
  await settle(page);
  expect((await world(page)).overtime).toBe("2026-11-25T21:00");
  expect(await undo(page).innerText()).toContain("Overtime until 21:00.");
  await page.getByRole("button", { name: "End the overtime" }).click();
  await settle(page);
  expect((await world(page)).overtime).toBeUndefined();
  await page.keyboard.press("Control+z");
  await settle(page);
  expect((await world(page)).overtime).toBe("2026-11-25T21:00");
  await page.context().close();
});

it("a break and a pause of a chosen length", async () => {
  const page = await windows();
  const told = page.locator(".told");
  await page.getByLabel("How long a break").selectOption("30");
  await page.getByRole("button", { name: "Begin" }).click();
  await settle(page);
  expect((await world(page)).breaks).toBe(1);
  expect(await told.innerText()).toMatch(/go(es)? out/);
  await page.locator(".windows").getByRole("button", { name: "End the break" }).click();
  await settle(page);
  expect((await world(page)).breaks).toBe(0);
  await page.getByLabel("How long a pause").selectOption("2h");
  await page.locator(".windows").getByRole("button", { name: "Pause" }).click();
  await settle(page);
  expect(await page.locator(".windows .set", { hasText: "Pause" }).innerText()).toContain(
    "Nothing goes out until today 12:42",
  );
  await page.locator(".windows").getByRole("button", { name: "Resume" }).click();
  await settle(page);
  expect((await world(page)).pausedUntil).toBeUndefined();
  await page.context().close();
});

it("holidays are named, and what they mean for the windows is said", async () => {
  const page = await windows();
  const list = page.locator(".two-cols").first();
  expect(await list.innerText()).toContain("Fri 1 January 2027");
  expect(await list.innerText()).toContain("New Year's Day");
  const list_says = await page.locator(".windows .list").innerText();
  expect(list_says).toContain("On these days Day off opens too. Lunch and Evening: shut.");
  await page.getByLabel("Which public holidays count").selectOption("none");
  await settle(page);
  expect((await world(page)).holidayTable).toBe("none");
  expect(await page.locator(".two-cols").count()).toBe(0);
  await page.keyboard.press("Control+z");
  await settle(page);
  expect((await world(page)).holidayTable).toBe("jp");
  await page.context().close();
});

it("what was removed meanwhile is told where it was asked for", async () => {
  const page = await windows();
  await page.evaluate(() => {
    globalThis.kossoriFake.world.daysOff = ["2026-12-01"];
    globalThis.kossoriFake.tell({ event: "changed" });
  });
  await settle(page);
  await page.evaluate(() => {
    globalThis.kossoriFake.world.daysOff = [];
  });
  await page.getByRole("button", { name: "Remove Tue 1 December" }).click();
  await settle(page);
  expect(await page.locator("[role=alert]").innerText()).toContain("unknown_day_off");
  await page.context().close();
});
