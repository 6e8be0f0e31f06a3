import type { Locator, Page } from "playwright-core";
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

async function windows(): Promise<Page> {
  const page = await stage.page({ main: true, seed: { texts: "en", queue: 3 } });
  await settle(page);
  await page.keyboard.press(keyOf("windows"));
  await page.locator(".piece").first().waitFor();
  return page;
}

const times = (page: Page, index = 0) =>
  page.evaluate((at) => {
    const { from, to } = globalThis.kossoriFake.world.windows[at] ?? { from: "", to: "" };
    return `${from}–${to}`;
  }, index);
const hours = (page: Page) =>
  page.evaluate(() => globalThis.kossoriFake.world.hours.map(({ from, to }) => `${from}–${to}`));
const slider = (page: Page, name: string) => page.getByRole("slider", { name });
const edits = (page: Page) =>
  page.evaluate(() => globalThis.kossoriFake.asked.filter(({ do: what }) => what === "window_edit").length);

/** So many minutes, in the picture's own measure. */
async function drag(page: Page, from: Locator, minutes: number, grip: "start" | "end" | "all", drop = true) {
  const box = await from.boundingBox();
  const layer = await page.locator(".hold").boundingBox();
  if (!box || !layer) throw new Error("not there");
  const x = box.x + box.width / 2;
  const y = grip === "start" ? box.y : grip === "end" ? box.y + box.height : box.y + box.height / 2;
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x, y + (minutes / (15 * 60)) * layer.height, { steps: 4 });
  if (drop) await page.mouse.up();
}

it("a window is moved by keys, kept by Enter and put back by Undo", async () => {
  const page = await windows();
  const lunch = slider(page, "Lunch");
  await lunch.focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowRight");
  expect(await lunch.getAttribute("aria-valuetext")).toBe("Goes out 12:20–13:20, Mon–Fri.");
  expect(await times(page)).toBe("12:00–13:00");
  await page.keyboard.press("Shift+ArrowDown");
  await page.keyboard.press("Control+ArrowUp");
  expect(await page.locator(".hold-says p").first().innerText()).toBe(
    "Lunch: Goes out 12:15–13:30, Mon–Fri.",
  );
  await page.keyboard.press("Enter");
  await settle(page);
  expect(await times(page)).toBe("12:15–13:30");
  expect(await page.locator(".undo").innerText()).toContain("Lunch: Goes out 12:15–13:30, Mon–Fri.");
  expect(await lunch.evaluate((one) => one === document.activeElement)).toBe(true);
  await page.keyboard.press("Control+z");
  await settle(page);
  expect(await times(page)).toBe("12:00–13:00");
  await page.context().close();
});

it("Escape leaves it as it was, says so and asks nobody", async () => {
  const page = await windows();
  const evening = slider(page, "Evening");
  await evening.focus();
  await page.keyboard.press("ArrowUp");
  expect(await evening.getAttribute("aria-valuetext")).toContain("18:15–22:15");
  await page.keyboard.press("Escape");
  expect(await evening.getAttribute("aria-valuetext")).toContain("18:30–22:30");
  expect(await page.locator(".hold-says [role=status]").innerText()).toBe(
    "Evening: Goes out 18:30–22:30, Mon–Fri.",
  );
  expect(await edits(page)).toBe(0);
  await page.context().close();
});

it("a window is dragged whole and at its ends", async () => {
  const page = await windows();
  const lunch = slider(page, "Lunch");
  await drag(page, lunch, 30, "all");
  await settle(page);
  expect(await times(page)).toBe("12:30–13:30");
  await drag(page, lunch, 45, "end");
  await settle(page);
  expect(await times(page)).toBe("12:30–14:15");
  await drag(page, lunch, -20, "start");
  await settle(page);
  expect(await times(page)).toBe("12:10–14:15");
  await page.locator(".undo button").click();
  await settle(page);
  expect(await times(page)).toBe("12:30–14:15");
  await page.context().close();
});

it("any day of it can be dragged, and Escape while it is held lets it go", async () => {
  const page = await windows();
  await drag(page, page.locator(".piece.window").nth(2), 60, "all", false);
  expect(await slider(page, "Lunch").getAttribute("aria-valuetext")).toContain("13:00–14:00");
  await page.keyboard.press("Escape");
  await page.mouse.up();
  await settle(page);
  expect(await times(page)).toBe("12:00–13:00");
  expect(await edits(page)).toBe(0);
  expect(await page.locator(".period").count()).toBe(0);
  await page.context().close();
});

it("work hours are dragged, and put back by Undo", async () => {
  const page = await windows();
  const work = slider(page, "Work hours");
  await drag(page, work, 60, "end");
  await settle(page);
  expect(await hours(page)).toEqual(["09:00–19:00"]);
  expect(await page.locator(".undo").innerText()).toContain("Nothing goes out 09:00–19:00, Mon–Fri");
  await page.keyboard.press("Control+z");
  await settle(page);
  expect(await hours(page)).toEqual(["09:00–18:00"]);
  await page.context().close();
});

it("the form beside it and the picture show one thing, and the picture sets the times alone", async () => {
  const page = await windows();
  const lunch = slider(page, "Lunch");
  await lunch.click({ position: { x: 4, y: 20 } });
  const [from, to] = [page.getByLabel("From"), page.getByLabel("To", { exact: true })];
  expect(await from.inputValue()).toBe("12:00");
  expect(await lunch.evaluate((one) => one === document.activeElement)).toBe(true);
  await from.fill("11:30");
  expect(await lunch.getAttribute("aria-valuetext")).toContain("11:30–13:00");
  await page.getByLabel("Name").fill("Noon");
  await lunch.focus();
  await page.keyboard.press("Shift+ArrowUp");
  expect(await to.inputValue()).toBe("12:45");
  await page.keyboard.press("Enter");
  await settle(page);
  expect(await times(page)).toBe("11:30–12:45");
  expect(await page.evaluate(() => globalThis.kossoriFake.world.windows[0]?.title)).toBe("");
  expect(await page.getByLabel("Name").inputValue()).toBe("Noon");
  await page.context().close();
});

it("what was moved by keys and left with Tab waits in the form", async () => {
  const page = await windows();
  await slider(page, "Lunch").focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Tab");
  await page.locator(".period").waitFor();
  expect(await page.getByLabel("From").inputValue()).toBe("12:15");
  expect(await times(page)).toBe("12:00–13:00");
  await page.context().close();
});

it("what is refused says so and stays as it was", async () => {
  const page = await windows();
  await page.evaluate(() => globalThis.kossoriFake.fail("window_edit", { code: "disk_full" }));
  await slider(page, "Lunch").focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await settle(page);
  expect(await page.locator(".find.block").innerText()).toContain("disk_full");
  expect(await slider(page, "Lunch").getAttribute("aria-valuetext")).toContain("12:15–13:15");
  await page.keyboard.press("Escape");
  expect(await slider(page, "Lunch").getAttribute("aria-valuetext")).toContain("12:00–13:00");
  expect(await times(page)).toBe("12:00–13:00");
  await page.context().close();
});
