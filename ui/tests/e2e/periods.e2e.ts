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

it("a window of some accounts is for all of them only when that is chosen", async () => {
  const page = await stage.page({ main: true, seed: { texts: "en" } });
  await settle(page);
  const accounts = () => page.evaluate(() => globalThis.kossoriFake.world.windows[0]?.accounts);
  await page.keyboard.press(keyOf("windows"));
  await page.locator(".line .open").first().click();
  await page.getByLabel("These").check();
  const save = page.locator(".period .pri");
  expect(await save.getAttribute("aria-disabled")).toBe("true");
  expect(await page.locator(".period").innerText()).toContain("Choose an account");
  await page.locator(".period input.num").first().press("Enter");
  await settle(page);
  expect(await page.locator(".period").count()).toBe(1);
  await page.locator(".period .checks").last().getByLabel("yofukashi").check();
  await save.click();
  await page.locator(".period").waitFor({ state: "detached" });
  await settle(page);
  expect(await accounts()).toEqual(["a-night"]);
  await page.locator(".line .open").first().click();
  await page.locator(".period .checks").last().getByLabel("yofukashi").uncheck();
  await page.locator(".period input.num").first().press("Enter");
  await settle(page);
  expect(await accounts()).toEqual(["a-night"]);
  await page.getByLabel("All", { exact: true }).check();
  await save.click();
  await page.locator(".period").waitFor({ state: "detached" });
  await settle(page);
  expect(await accounts()).toBeNull();
  await page.context().close();
});

const windowOf = (page: Page, index: number) =>
  page.evaluate((at) => globalThis.kossoriFake.world.windows[at], index);

it("a zone and dates are set and taken away, and the form says what it means", async () => {
  const page = await stage.page({ main: true, seed: { queue: 3, texts: "en" } });
  await settle(page);
  await page.keyboard.press(keyOf("windows"));
  await page.locator(".line .open").first().click();
  const says = page.locator(".period .says");
  expect(await says.innerText()).toMatch(
    /^Goes out 12:00–13:00, Mon–Fri\. Not on public holidays\. 5 times this week, \d deliver(y|ies)\.$/,
  );
  await page.getByLabel("Time zone").selectOption("Europe/Berlin");
  await page.getByLabel("Dates").selectOption("Only for a while");
  await page.getByLabel("First day").fill("2026-12-01");
  await page.getByLabel("Last day").fill("2026-11-01");
  expect(await says.innerText()).toContain(
    "By the clocks of Europe/Berlin. From 1 December 2026 to 1 November",
  );
  expect(await says.innerText()).not.toContain("this week");
  await page.locator(".period .pri").click();
  await settle(page);
  expect(await page.locator("[data-field=dates] .why").innerText()).toContain("The first day comes after");
  expect(await page.getByLabel("First day").getAttribute("aria-invalid")).toBe("true");
  await page.getByLabel("Last day").fill("2026-12-31");
  await page.keyboard.press("Control+Enter");
  await page.locator(".period").waitFor({ state: "detached" });
  const set = { zone: "Europe/Berlin", first_day: "2026-12-01", last_day: "2026-12-31" };
  expect(await windowOf(page, 0)).toMatchObject(set);
  await settle(page);
  await page.locator(".line .open").first().press("Enter");
  await page.getByLabel("Time zone").selectOption("");
  await page.getByLabel("Dates").selectOption("No first or last day");
  await page.keyboard.press("Control+Enter");
  await page.locator(".period").waitFor({ state: "detached" });
  expect(await windowOf(page, 0)).toMatchObject({ zone: null, first_day: null, last_day: null });
  await page.context().close();
});

it("what is refused is told at its field, which gets the focus", async () => {
  const page = await stage.page({ main: true, seed: { texts: "en" } });
  await settle(page);
  await page.keyboard.press(keyOf("windows"));
  await page.locator(".line .open").first().click();
  await page.locator(".period .pri").waitFor();
  await page.getByLabel("From").fill("noon");
  await page.getByLabel("Name").press("Control+Enter");
  await settle(page);
  expect(await page.locator("[data-field=time] .why").innerText()).toContain("Write it as 09:30");
  expect(await page.getByLabel("From").evaluate((field) => field === document.activeElement)).toBe(true);
  expect(await page.locator(".find.block").count()).toBe(0);
  await page.getByLabel("From").fill("12:00");
  for (const day of ["Mon", "Tue", "Wed", "Thu", "Fri"])
    await page.getByRole("button", { name: day, exact: true }).click();
  expect(await page.locator(".period .says").count()).toBe(0);
  await page.locator(".period .pri").click();
  await settle(page);
  expect(await page.locator("[data-field=days] .why").innerText()).toContain("no days of the week");
  expect((await windowOf(page, 0))?.days.length).toBe(5);
  await page.context().close();
});

it("work hours of some accounts are theirs alone", async () => {
  const page = await stage.page({ main: true, seed: { texts: "en" } });
  await settle(page);
  await page.keyboard.press(keyOf("windows"));
  await page.locator(".line .open", { hasText: "Work hours" }).click();
  await page.getByLabel("These").check();
  await page.locator(".period .checks").last().getByLabel("yofukashi").check();
  expect(await page.locator(".period .says").innerText()).toContain("Only for yofukashi.");
  await page.locator(".period .pri").click();
  await page.locator(".period").waitFor({ state: "detached" });
  expect(await page.evaluate(() => globalThis.kossoriFake.world.hours[0]?.accounts)).toEqual(["a-night"]);
  await page.context().close();
});

it("a form that is saved twice is saved once, and gives the focus back", async () => {
  const page = await stage.page({ main: true, seed: { texts: "en" } });
  await settle(page);
  const hours = () => page.evaluate(() => globalThis.kossoriFake.world.hours.length);
  const opener = () =>
    page.evaluate(
      () => document.activeElement?.getAttribute("data-opens") ?? document.activeElement?.tagName,
    );
  await page.keyboard.press(keyOf("windows"));
  const before = await hours();
  await page.locator("[data-opens='hours +']").click();
  await page.locator(".period .days button").last().click();
  await page.locator(".period input.num").first().focus();
  await page.keyboard.down("Control");
  for (let n = 0; n < 3; n += 1) await page.keyboard.down("Enter");
  await page.keyboard.up("Enter");
  await page.keyboard.press("Enter");
  await page.keyboard.up("Control");
  await page.locator(".period").waitFor({ state: "detached" });
  await settle(page);
  expect(await hours()).toBe(before + 1);
  expect(await opener()).toBe("hours +");
  // Esc too.
  await page.locator(".line .open").first().click();
  await page.keyboard.press("Escape");
  await settle(page);
  expect(await opener()).toMatch(/^window /);
  await page.context().close();
});

it("a date that no calendar has is told as it is, and the form stays", async () => {
  const page = await stage.page({ main: true, seed: { texts: "en" } });
  await settle(page);
  await page.keyboard.press(keyOf("windows"));
  await page.locator(".line .open").first().click();
  await page.getByLabel("Dates").selectOption("Only for a while");
  await page.getByLabel("First day").evaluate((field) => {
    (field as HTMLInputElement).type = "text";
  });
  await page.getByLabel("First day").fill("12026-12-01");
  expect(await page.locator(".period .says").innerText()).toContain("12026-12-01");
  await page.context().close();
});

it("a window that was off comes back off", async () => {
  const page = await stage.page({ main: true, seed: { texts: "en" } });
  await settle(page);
  await page.keyboard.press(keyOf("windows"));
  await page.locator(".line [role=switch]").first().click();
  await settle(page);
  await page.locator(".line .open").first().click();
  await page.locator(".period").getByRole("button", { name: "Remove" }).click();
  await settle(page);
  const asked = () =>
    page.evaluate(() => globalThis.kossoriFake.asked.filter((one) => one.do === "window_enable").length);
  const enables = await asked();
  await page.locator(".undo .lk").click();
  await settle(page);
  expect((await windowOf(page, 0))?.name).not.toBeUndefined();
  const back = await page.evaluate(() => globalThis.kossoriFake.world.windows.map(({ enabled }) => enabled));
  expect(back.filter((enabled) => !enabled)).toHaveLength(1);
  // Not even for a moment is it open: it is added as it was.
  expect(await asked()).toBe(enables);
  await page.context().close();
});
