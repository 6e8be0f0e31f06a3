import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Section } from "../../src/main/sections";
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

const states = (page: Page) =>
  page.evaluate(() =>
    globalThis.kossoriFake.world.queue.map(({ text, state, rank }) => ({ text, state, rank })),
  );
const order = async (page: Page) =>
  (await states(page)).sort((a, b) => a.rank - b.rank).map(({ text }) => text.slice(0, 12));
const section = async (page: Page, name: Section) => {
  await page.keyboard.press(keyOf(name));
  await page.waitForTimeout(150);
  await settle(page);
};

describe("an unknown outcome", () => {
  const open = (seed = {}) => stage.page({ main: true, seed: { unknown: true, texts: "en", ...seed } });

  it("is told with the sentence, and four equal choices", async () => {
    const page = await open();
    await settle(page);
    const card = page.locator(".card-ask");
    const text = (await card.innerText()).replace(/\s+/g, " ");
    expect(text).toContain("We do not know whether this was posted.");
    expect(text).toContain("It was sent to @haruka.dev at 12:42 yesterday and the answer was lost.");
    expect(text).toContain("It will not be sent again unless you say so.");
    expect(text.toLowerCase()).not.toContain("failed");
    const choices = card.locator(".ch button");
    expect((await choices.allInnerTexts()).map((one) => one.trim())).toEqual([
      "Open my profile",
      "It is there",
      "It is not there, queue it again",
      "Leave it",
    ]);
    const looks = await choices.evaluateAll((all) => all.map((one) => getComputedStyle(one).backgroundColor));
    expect(new Set(looks).size).toBe(1);
    await page.context().close();
  });

  it.each([
    ["It is there", "sent"],
    ["It is not there, queue it again", "queued"],
    ["Leave it", "left"],
  ])("%s", async (choice, state) => {
    const page = await open();
    await settle(page);
    await page.getByRole("button", { name: choice }).click();
    await settle(page);
    expect((await states(page)).map((one) => one.state)).toEqual([state]);
    expect(await page.locator(".card-ask").count()).toBe(0);
    await page.context().close();
  });

  it("opens the profile outside, and changes nothing", async () => {
    const page = await open();
    await settle(page);
    await page.getByRole("button", { name: "Open my profile" }).click();
    await settle(page);
    expect(await page.evaluate(() => globalThis.kossoriFake.opened)).toEqual([
      "https://bsky.app/profile/haruka.dev",
    ]);
    expect((await states(page)).map((one) => one.state)).toEqual(["needs_you"]);
    await page.context().close();
  });
});

describe("the queue", () => {
  it("removes at once, and takes it back for ten seconds", async () => {
    const page = await stage.page({ main: true, seed: { queue: 5, texts: "en" } });
    await settle(page);
    const before = await order(page);
    await page.locator(".it .open").nth(1).click();
    await page.locator(".it .danger").click();
    await settle(page);
    expect(await states(page)).toHaveLength(4);
    await page.locator(".undo .lk").click();
    await settle(page);
    expect(await order(page)).toEqual(before);
    await page.locator(".it .open").first().focus();
    await page.keyboard.press("Delete");
    await settle(page);
    expect(await page.locator(".undo").isVisible()).toBe(true);
    await page.clock.runFor(10_500);
    expect(await page.locator(".undo").count()).toBe(0);
    expect(await states(page)).toHaveLength(4);
    await page.context().close();
  });

  it("moves with Alt and arrows, and undoes with Ctrl+Z", async () => {
    const page = await stage.page({ main: true, seed: { accounts: "practice", queue: 4, texts: "en" } });
    await settle(page);
    const before = await order(page);
    await page.locator(".it .open").nth(1).focus();
    await page.keyboard.press("Alt+ArrowUp");
    await settle(page);
    expect(await order(page)).toEqual([before[1], before[0], before[2], before[3]]);
    await page.keyboard.press("Control+z");
    await settle(page);
    expect(await order(page)).toEqual(before);
    await page.context().close();
  });

  it("says why not sooner, edits, approves and retries", async () => {
    const page = await stage.page({
      main: true,
      seed: { queue: 1, held: true, rejected: true, texts: "en" },
    });
    await settle(page);
    await page.locator(".it .open").first().click();
    expect(await page.locator(".it .more").innerText()).toContain("No quiet window is open before that.");
    await page.getByRole("button", { name: "Edit" }).click();
    await page.locator(".edit textarea").fill("Changed");
    await page.getByRole("button", { name: "Save" }).click();
    await settle(page);
    expect((await states(page))[0]?.text).toBe("Changed");
    await page.locator(".it", { hasText: "no way to put it" }).locator(".open").click();
    await page.getByRole("button", { name: "Let it go out" }).click();
    await settle(page);
    await page.locator(".it", { hasText: "mackerel" }).locator(".open").click();
    expect(await page.locator(".it .more").innerText()).toContain("300 graphemes");
    await page.getByRole("button", { name: "Queue it again" }).click();
    await settle(page);
    expect((await states(page)).map(({ state }) => state)).toEqual(["queued", "queued", "queued"]);
    await page.context().close();
  });

  it("an edit of an official one has to be held", async () => {
    const page = await stage.page({ main: true, seed: { queue: 2, texts: "en" } });
    await settle(page);
    await page.locator(".it", { hasText: "asagi-works" }).locator(".open").click();
    await page.getByRole("button", { name: "Edit" }).click();
    await page.locator(".edit textarea").fill("Changed");
    await page.locator(".edit .holdb").hover();
    await page.mouse.down();
    await page.clock.runFor(500);
    await page.mouse.up();
    await settle(page);
    expect((await states(page))[1]?.text).not.toBe("Changed");
    await page.mouse.down();
    await page.clock.runFor(1000);
    await settle(page);
    await page.mouse.up();
    expect((await states(page))[1]?.text).toBe("Changed");
    await page.context().close();
  });

  it("veiled, shows a text only where one points", async () => {
    const page = await stage.page({
      main: true,
      seed: { queue: 3, texts: "en", preferences: { veil: true } },
    });
    await settle(page);
    await page.mouse.move(5, 5);
    const shown = (n: number) =>
      page
        .locator(".it .words")
        .nth(n)
        .evaluate((one) => getComputedStyle(one).visibility);
    expect([await shown(0), await shown(1)]).toEqual(["hidden", "hidden"]);
    await page.locator(".it").nth(1).hover();
    expect([await shown(0), await shown(1)]).toEqual(["hidden", "visible"]);
    await page.keyboard.press("Control+.");
    await settle(page);
    expect(await shown(0)).toBe("visible");
    await page.context().close();
  });

  it("stays quick with a thousand", async () => {
    const page = await stage.page({ main: true, seed: { queue: 1000, texts: "en" } });
    await settle(page);
    await page.waitForFunction(() => document.querySelectorAll(".it").length === 1000);
    const began = Date.now();
    await page.locator(".it .open").nth(3).click();
    expect(await page.locator(".it .more").isVisible()).toBe(true);
    expect(Date.now() - began).toBeLessThan(3000);
    await page.context().close();
  });
});

describe("the other sections", () => {
  it("drafts open in the composer, and come back when removed by mistake", async () => {
    const page = await stage.page({ main: true, seed: { drafts: 2, texts: "en" } });
    await settle(page);
    await section(page, "drafts");
    await page.locator(".line .ib").first().click();
    await settle(page);
    expect(await page.locator(".line").count()).toBe(1);
    await page.locator(".undo .lk").click();
    await settle(page);
    expect(await page.locator(".line").count()).toBe(2);
    await page.locator(".line .open", { hasText: "support desk" }).click();
    await settle(page);
    expect(await page.locator(".c-text textarea").inputValue()).toContain("support desk");
    await page.context().close();
  });

  it("an account is signed in to by browser, by a pasted code, and given up", async () => {
    const page = await stage.page({ main: true, seed: { accounts: "none", texts: "en" } });
    await settle(page);
    await section(page, "accounts");
    await page.getByLabel("Mastodon").check();
    const card = page.locator(".add");
    expect(await card.innerText()).toContain("Enter the address of your server.");
    expect(await card.locator(".pri").getAttribute("aria-disabled")).toBe("true");
    await page.getByLabel("Server").fill("mastodon.example");
    // Given up: the port is closed, and the form is as it was.
    await page.evaluate(() => {
      Object.assign(globalThis, { goOn: globalThis.kossoriFake.stall("sign_in_wait") });
    });
    await card.locator(".pri").click();
    await page.getByText("Allow Kossori in the browser").waitFor();
    const asked = () =>
      page.evaluate(() => globalThis.kossoriFake.asked.filter((one) => one.do.startsWith("sign_in")));
    expect((await asked())[0]).toMatchObject({
      network: "mastodon",
      server: "https://mastodon.example",
      paste: false,
    });
    const opened = await page.evaluate(() => globalThis.kossoriFake.opened);
    expect(opened.at(-1)).toMatch(/^https:\/\/mastodon\.example\/allow\?state=/);
    expect(await page.evaluate(() => [...globalThis.kossoriFake.staysOpen])).toContain("sign_in");
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByLabel("Server").waitFor();
    expect((await asked()).at(-1)).toMatchObject({ do: "sign_in_cancel" });
    expect(await page.evaluate(() => [...globalThis.kossoriFake.staysOpen])).not.toContain("sign_in");
    await page.evaluate(() => (globalThis as unknown as { goOn: () => void }).goOn());
    await settle(page);
    expect(await page.locator(".find.block").count()).toBe(0);
    // A code that is wrong may be pasted again.
    await page.getByLabel("With the browser, and pasting").check();
    await card.locator(".pri").click();
    await page.getByLabel("The code or the address").fill("wrong");
    await card.locator(".pri").click();
    expect(await page.locator(".find.block").innerText()).toContain("refused the sign-in");
    await page.getByLabel("The code or the address").fill("right");
    await card.locator(".pri").click();
    await settle(page);
    expect(await page.locator(".card").innerText()).toContain("haruka");
    await page.context().close();
  });

  it("accounts are added, refused with a next step, signed in again and removed", async () => {
    const page = await stage.page({ main: true, seed: { accounts: "none", texts: "en" } });
    await settle(page);
    await section(page, "accounts");
    await page.getByLabel("Bluesky").check();
    await page.getByLabel("Handle").fill("@haruka.dev");
    await page.getByLabel(/App password/).fill("wrong");
    expect(await page.locator(".add").innerText()).toContain(
      "The system may ask for your keyring's password",
    );
    await page.locator(".add .pri").click();
    await settle(page);
    expect(await page.locator(".find.block").innerText()).toMatch(/refused the sign-in.*Check the handle/s);
    await page.getByLabel(/App password/).fill("abcd-efgh");
    await page.locator(".add .pri").click();
    await settle(page);
    expect(await page.locator(".card").innerText()).toContain("haruka.dev");
    const asked = await page.evaluate(() =>
      globalThis.kossoriFake.asked.filter((one) => one.do === "account_add").at(-1),
    );
    expect(asked).toMatchObject({
      handle: "haruka.dev",
      secret: "abcd-efgh",
      persona: "personal",
      server: null,
    });
    await page.evaluate(() => {
      Object.assign(globalThis.kossoriFake.world.accounts[0] ?? {}, { health: "needs_sign_in" });
      globalThis.kossoriFake.tell({ event: "changed" });
    });
    await settle(page);
    expect(await page.locator(".who-row").innerText()).toContain("Needs a sign-in");
    await page.getByRole("button", { name: "Sign in again" }).click();
    await page.locator(".card input[type=password]").fill("again");
    await page.locator(".card .pri").click();
    await settle(page);
    expect(await page.locator(".who-row").innerText()).toContain("Connected");
    await page.getByRole("button", { name: "Remove…" }).click();
    await page.getByRole("button", { name: "Remove this account" }).click();
    await settle(page);
    expect(await page.evaluate(() => globalThis.kossoriFake.world.accounts.length)).toBe(0);
    await page.context().close();
  });

  it("settings change language and theme at once, and windows and hours by a form", async () => {
    const page = await stage.page({ main: true });
    await settle(page);
    await section(page, "settings");
    await page.getByLabel("Appearance").selectOption("dark");
    await settle(page);
    expect(await page.locator("html").getAttribute("data-theme")).toBe("dark");
    await section(page, "windows");
    await page.locator(".line .open").first().click();
    await page.locator(".period input.num").nth(1).fill("13:30");
    await page.locator(".period .pri").click();
    await settle(page);
    expect(await page.locator(".line .m").first().innerText()).toContain("12:00–13:30");
    await page.getByRole("switch", { name: "Use Evening" }).click();
    await settle(page);
    expect(
      await page.evaluate(() => globalThis.kossoriFake.world.windows.map(({ enabled }) => enabled)),
    ).toEqual([true, false, true]);
    await page.locator(".head .b").first().click();
    await page.locator(".period input").first().fill("Tea");
    await page.locator(".period input.num").first().fill("15:00");
    await page.locator(".period input.num").nth(1).fill("15:00");
    await page.locator(".period .pri").click();
    await settle(page);
    expect(await page.locator(".period [data-field=time] .why").innerText()).toContain(
      "It starts when it ends",
    );
    await page.locator(".period input.num").nth(1).fill("15:15");
    await page.locator(".period .pri").click();
    await settle(page);
    expect(await page.locator(".line", { hasText: "Tea" }).count()).toBe(1);
    await page.locator(".line .open", { hasText: "Tea" }).click();
    await page.locator(".period .danger").click();
    await settle(page);
    await page.locator(".undo .lk").click();
    await settle(page);
    expect(await page.locator(".line", { hasText: "Tea" }).count()).toBe(1);
    await page.locator(".head .b").nth(1).click();
    await page.locator(".period input.num").first().fill("20:00");
    await page.locator(".period input.num").nth(1).fill("22:00");
    await page.locator(".period .pri").click();
    await settle(page);
    expect(await page.evaluate(() => globalThis.kossoriFake.world.hours.length)).toBe(2);
    await section(page, "settings");
    expect(await page.getByLabel("Notification").inputValue()).toBe("");
    await page.getByLabel("Language").selectOption("ja");
    await page.waitForTimeout(150);
    await settle(page);
    expect(await page.locator("html").getAttribute("lang")).toBe("ja");
    // The page is made anew in the other language, and shows the section that it showed.
    expect(await page.locator("h1").innerText()).toBe("設定");
    await page.context().close();
  });

  it("where no tray icon is shown, says once what adds it", async () => {
    const page = await stage.page({ main: true, seed: { noTray: true, texts: "en" } });
    await settle(page);
    const strip = page.locator(".strip-line");
    expect(await strip.innerText()).toContain("AppIndicator and KStatusNotifierItem Support");
    await strip.getByRole("button", { name: "Got it" }).click();
    await settle(page);
    expect(await strip.count()).toBe(0);
    expect(await page.evaluate(() => globalThis.kossoriFake.world.preferences.tray_told)).toBe(true);
    await page.context().close();
  });

  it("a break and a pause begin and end in the side bar", async () => {
    const page = await stage.page({ main: true, seed: { queue: 2, texts: "en" } });
    await settle(page);
    await page.getByLabel("Break now").selectOption("15");
    await settle(page);
    expect(await page.locator(".status b").innerText()).toBe("Break until 10:57");
    await page.getByRole("button", { name: "End the break" }).click();
    await settle(page);
    await page.getByRole("button", { name: "Pause" }).click();
    await settle(page);
    expect(await page.locator(".status b").innerText()).toBe("Paused");
    await page.getByRole("button", { name: "Resume" }).click();
    await settle(page);
    expect(await page.locator(".status b").innerText()).toBe("Work hours");
    await page.context().close();
  });
});

describe.each(["ja", "en"] as const)("the first run, in %s", (language) => {
  it("goes on where nothing can be started at sign-in, and does not offer it", async () => {
    const preferences = { first_run_done: false, autostart_possible: false };
    const seed = { accounts: "none" as const, preferences };
    const page = await stage.page({ main: true, width: 720, height: 560, language, seed });
    await settle(page);
    const next = page.locator(".foot .pri");
    for (let step = 0; step < 2; step += 1) {
      await next.click();
      await settle(page);
    }
    expect(await page.locator(".picks").isVisible()).toBe(true);
    expect(await page.locator(".auto").count()).toBe(0);
    await next.click();
    await settle(page);
    expect(await page.locator("#example").isVisible()).toBe(true);
    await page.context().close();
  });

  it("goes from the language to the practice timeline", async () => {
    const seed = { accounts: "none" as const, preferences: { first_run_done: false } };
    const page = await stage.page({ main: true, width: 720, height: 560, language, seed });
    await settle(page);
    const next = page.locator(".foot .pri");
    await next.click();
    await settle(page);
    await page.locator(".pick").nth(1).click();
    await next.click();
    await settle(page);
    expect(await page.locator(".auto input").isChecked()).toBe(true);
    expect(await page.locator(".mid-area").innerText()).toContain(
      language === "ja" ? "キーリングのパスワードをたずねる" : "keyring's password",
    );
    await next.click();
    await settle(page);
    await page.locator(".halves .b").click();
    await settle(page);
    await page.clock.runFor(4000);
    await settle(page);
    const line = await page.locator("#example").inputValue();
    expect(await page.locator(".timeline li").first().innerText()).toContain(line);
    const world = await page.evaluate(() => {
      const { hours, preferences, accounts } = globalThis.kossoriFake.world;
      return {
        to: hours[0]?.to,
        autostart: preferences.autostart,
        networks: accounts.map(({ network }) => network),
      };
    });
    expect(world).toEqual({ to: "17:00", autostart: true, networks: ["practice"] });
    const asked = await page.evaluate(() =>
      globalThis.kossoriFake.asked.filter((one) => one.do === "break_now"),
    );
    expect(asked).toMatchObject([{ minutes: 1, practice_only: true }]);
    await next.click();
    await settle(page);
    expect(await page.locator(".comp").isVisible()).toBe(true);
    await page.context().close();
  });

  it("can be skipped", async () => {
    const page = await stage.page({
      main: true,
      language,
      seed: { accounts: "none", preferences: { first_run_done: false } },
    });
    await settle(page);
    await page.locator(".foot .q").click();
    await settle(page);
    expect(await page.locator(".comp").isVisible()).toBe(true);
    expect(await page.evaluate(() => globalThis.kossoriFake.world.preferences.first_run_done)).toBe(true);
    await page.context().close();
  });
});
