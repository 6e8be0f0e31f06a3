// An account's card, and the list of drafts by keys.
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

const open = async (name: "accounts" | "drafts", seed = {}) => {
  const page = await stage.page({ main: true, seed: { texts: "en", ...seed } });
  await settle(page);
  await page.keyboard.press(keyOf(name));
  await page
    .locator(name === "accounts" ? ".who-row" : "h1")
    .first()
    .waitFor();
  await settle(page);
  return page;
};
const facts = async (page: Page) => (await page.locator(".facts").innerText()).replace(/\s+/g, " ");
const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent?.trim().slice(0, 30));
const drafts = (page: Page) => page.evaluate(() => globalThis.kossoriFake.world.drafts.length);

it("a card says what followers hear, how it is spaced and when it was checked", async () => {
  const page = await open("accounts");
  const said = await facts(page);
  expect(said).toContain("A post: rings the bell");
  expect(said).toContain("The rest of a thread: rings the bell");
  expect(said).toContain("A repost: may ring bells");
  expect(said).toContain("30 min apart, 2 in one window at most (as in Settings)");
  expect(said).toContain("Checked today 09:00");
  expect(said).toContain("None: calls leave this computer directly");
  expect(said).not.toContain("Cost");
  await page.context().close();
});

it("an account gets a spacing of its own, which the settings leave alone", async () => {
  const page = await open("accounts");
  const world = () =>
    page.evaluate(() => {
      const { ownSpacing, spacing } = globalThis.kossoriFake.world;
      return { ownSpacing, spacing };
    });
  const { spacing } = await world();
  await page.getByRole("button", { name: "Change the spacing" }).click();
  const group = page.getByRole("group", { name: "Spacing" });
  expect(await group.innerText()).toContain("this account's own from then on");
  // Between two personas lies one distance for all.
  expect(await group.locator("select").count()).toBe(2);
  await group.getByLabel("Between two posts of an account, at least").selectOption("60");
  await settle(page);
  await group.getByRole("switch", { name: "Vary the minute" }).click();
  await settle(page);
  expect(await world()).toEqual({
    spacing,
    ownSpacing: { "a-blue": { ...spacing, gap_minutes: 60, jitter: false } },
  });
  expect(await facts(page)).toContain("60 min apart, 2 in one window at most (its own)");
  expect(await group.innerText()).toContain("This account has a spacing of its own.");
  expect(await group.locator("[role=status]").innerText()).toBe(
    "An account posts every 60 minutes at most, and at most 2 times in one window. Posts go out as early as they may.",
  );
  await page.evaluate(() => globalThis.kossoriFake.fail("spacing_set", { code: "disk_full" }));
  await group.getByLabel("Posts of an account in one window, at most").selectOption("5");
  await settle(page);
  expect(await group.locator("[role=alert]").innerText()).toContain("disk_full");
  expect((await world()).ownSpacing["a-blue"]?.per_window).toBe(2);
  // What is shown is what holds.
  expect(await group.getByLabel("Posts of an account in one window, at most").inputValue()).toBe("2");
  await group.getByRole("button", { name: "As all accounts do" }).click();
  await settle(page);
  expect((await world()).ownSpacing).toEqual({});
  expect(await facts(page)).toContain("30 min apart, 2 in one window at most (as in Settings)");
  expect(await group.getByRole("button", { name: "As all accounts do" }).count()).toBe(0);
  // Another account is as it was.
  await page.locator(".who-row").nth(1).click();
  await settle(page);
  expect(await facts(page)).toContain("30 min apart, 2 in one window at most (as in Settings)");
  await page.context().close();
});

it("on X it says what posting costs", async () => {
  const page = await stage.page({ main: true, seed: { texts: "en" } });
  await page.evaluate(() => {
    const { world } = globalThis.kossoriFake;
    const [first] = world.accounts;
    if (first) world.accounts = [{ ...first, id: "a-x", network: "x", handle: "haruka_x" }];
    globalThis.kossoriFake.tell({ event: "changed" });
  });
  await settle(page);
  await page.keyboard.press(keyOf("accounts"));
  await page.locator(".facts", { hasText: "this month" }).waitFor();
  expect(await facts(page)).toContain("A post $0.015, with a link $0.20");
  await page.context().close();
});

it("a proxy is set and removed, and never shown again", async () => {
  const page = await open("accounts");
  await page.getByRole("button", { name: "Set a proxy" }).click();
  const field = page.getByLabel("Proxy");
  expect(await field.getAttribute("type")).toBe("password");
  await field.fill("nonsense");
  await field.press("Enter");
  await settle(page);
  expect(await page.locator(".card [role=alert]").innerText()).toContain("bad_proxy");
  expect(await field.inputValue()).toBe("");
  await field.fill("socks5h://night:moth-4711@proxy.example:1080");
  await field.press("Enter");
  await settle(page);
  expect(await facts(page)).toContain("Every call goes through it (socks5h)");
  expect(await page.content()).not.toContain("moth-4711");
  await page.getByRole("button", { name: "Change the proxy" }).click();
  expect(await page.getByLabel("Another proxy").inputValue()).toBe("");
  await page.getByRole("button", { name: "Remove the proxy…" }).click();
  expect(await page.locator(".card [role=alert]").innerText()).toContain("leave this computer directly");
  await page.getByRole("button", { name: "Remove this proxy" }).click();
  await settle(page);
  expect(await facts(page)).toContain("None: calls leave");
  expect(await page.evaluate(() => globalThis.kossoriFake.world.accounts[0]?.proxy)).toBeNull();
  await page.context().close();
});

it("drafts are walked, opened, removed and put back by keys", async () => {
  const page = await open("drafts", { drafts: 3 });
  await page.keyboard.press("ArrowDown");
  expect(await focused(page)).toContain("Finally wrapped up");
  await page.keyboard.press("j");
  expect(await focused(page)).toContain("Our support desk");
  await page.keyboard.press("Delete");
  await settle(page);
  expect(await drafts(page)).toBe(2);
  expect(await focused(page)).toContain("I have named the noises");
  await page.keyboard.press("Control+z");
  await settle(page);
  expect(await drafts(page)).toBe(3);
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await settle(page);
  await page.locator(".c-text textarea").waitFor();
  await page.context().close();
});

it("the search is in sight, finds, and says when it finds nothing", async () => {
  const page = await open("drafts", { drafts: 3 });
  const search = page.getByLabel("Search the drafts");
  expect(await search.isVisible()).toBe(true);
  await page.keyboard.press("Control+f");
  expect(await search.evaluate((field) => field === document.activeElement)).toBe(true);
  await page.keyboard.type("ＦＲＩＤＧＥ");
  expect(await page.locator(".line").count()).toBe(1);
  await page.keyboard.press("ArrowDown");
  expect(await focused(page)).toContain("I have named the noises");
  await search.fill("nobody wrote this");
  expect(await page.locator("main [role=status]", { hasText: "No draft has these words." }).isVisible()).toBe(
    true,
  );
  await search.press("Escape");
  expect(await search.isVisible()).toBe(true);
  expect(await page.locator(".line").count()).toBe(3);
  await page.context().close();
});

it("without a draft there is nothing to search, and it says how one comes", async () => {
  const page = await open("drafts");
  expect(await page.locator("input[type=search]").count()).toBe(0);
  expect(await page.locator(".empty").isVisible()).toBe(true);
  await page.context().close();
});
