import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
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

it("a break that begins says how much goes out in it, and when", async () => {
  const page = await stage.page({ main: true, seed: { accounts: "practice", queue: 2, texts: "en" } });
  await settle(page);
  await page.getByLabel("Break now").selectOption("15");
  await page.getByRole("button", { name: "End the break" }).waitFor();
  await settle(page);
  const status = page.locator(".side .status");
  expect(await status.innerText()).toMatch(/(2 posts go out, from|1 post goes out, at) 10:\d\d/);
  await page.getByRole("button", { name: "End the break" }).click();
  await page.getByLabel("Break now").waitFor();
  expect(await status.innerText()).not.toMatch(/goe?s? out, /);
  await page.context().close();
});

it("a break in which nothing goes out says so", async () => {
  const page = await stage.page({ main: true, seed: { texts: "en" } });
  await settle(page);
  await page.getByLabel("Break now").selectOption("5");
  await page.getByText("Nothing goes out in it.").waitFor();
  await page.context().close();
});

it.each([
  ["en", ["Queue", "Drafts", "Journal", "Accounts", "Quiet windows", "Settings"], "Break now", "Pause"],
  ["ja", ["配信予定", "下書き", "記録", "アカウント", "静かな時間", "設定"], "今から休憩", "一時停止"],
] as const)(
  "in a small window with large text it is a bar of icons, each with its name, in %s",
  async (language, names, rest, pause) => {
    const seed = { accounts: "practice" as const, queue: 2, drafts: 3, unknown: true, texts: language };
    const page = await stage.page({ main: true, width: 380, height: 260, language, seed });
    await settle(page);
    const side = page.getByRole("navigation");
    const [box, body] = [await side.boundingBox(), await page.locator("main").boundingBox()];
    expect(box?.width).toBeLessThan(380 / 8);
    expect(body?.width).toBeGreaterThan(330);
    // Nothing of it has to be looked for: all is seen without scrolling.
    expect(
      await side.evaluate((one) => [one.scrollWidth - one.clientWidth, one.scrollHeight - one.clientHeight]),
    ).toEqual([0, 0]);
    for (const name of [...names, pause]) {
      const button = side.getByRole("button", { name });
      expect(await button.getAttribute("title"), name).toBe(name);
      expect(await button.locator("svg").isVisible()).toBe(true);
      // No letter of the name is seen.
      expect(
        await button
          .locator("span")
          .first()
          .evaluate((one) => one.getBoundingClientRect().width),
      ).toBe(1);
    }
    expect(await side.getByRole("button", { name: names[0] }).innerText()).toMatch(/1\s*2$/);
    expect(await page.getByLabel(rest).locator("..").getAttribute("title")).toBe(rest);
    await side.getByRole("button", { name: names[1] }).click();
    expect(await side.locator("[aria-current=page]").getAttribute("title")).toBe(names[1]);
    await page.getByLabel(rest).selectOption("15");
    await settle(page);
    expect(await page.evaluate(() => globalThis.kossoriFake.world.breaks.length)).toBe(1);
    await side.getByRole("button").nth(6).click();
    await settle(page);
    expect(await page.evaluate(() => globalThis.kossoriFake.world.breaks.length)).toBe(0);
    // What is refused is said where there is room for it.
    await page.evaluate(() => globalThis.kossoriFake.fail("pause", { code: "disk_full" }));
    await side.getByRole("button", { name: pause }).click();
    await settle(page);
    const said = await side.getByRole("alert").boundingBox();
    expect(said?.width).toBeGreaterThan(300);
    expect((said?.y ?? 999) + (said?.height ?? 0)).toBeLessThanOrEqual(260);
    await page.setViewportSize({ width: 1080, height: 720 });
    await page.locator(".side:not(.narrow)").waitFor();
    expect(await side.locator("[title]").count()).toBe(0);
    expect(await side.innerText()).toContain(names[4]);
    await page.context().close();
  },
);

it("the side bar tells how many drafts there are, and as soon as there is one less", async () => {
  const page = await stage.page({ main: true, seed: { drafts: 3, texts: "en" } });
  await settle(page);
  const drafts = page.getByRole("navigation").getByRole("button", { name: "Drafts" });
  expect((await drafts.innerText()).replace(/\s+/g, " ")).toBe("Drafts 3");
  await page.evaluate(() => {
    globalThis.kossoriFake.world.drafts = [];
    globalThis.kossoriFake.tell({ event: "changed" });
  });
  await settle(page);
  expect(await drafts.innerText()).toBe("Drafts");
  await page.context().close();
});
