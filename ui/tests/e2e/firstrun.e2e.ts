import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { area, settle } from "../screens";
import { Stage } from "../stage";

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());
afterEach(() => {
  expect(stage.trouble.splice(0)).toEqual([]);
});

const next = (page: Page) => page.locator(".foot .wide");

async function at(step: number): Promise<Page> {
  const page = await stage.page({
    main: true,
    width: 720,
    height: 560,
    seed: { accounts: "none", preferences: { first_run_done: false }, texts: "en" },
  });
  await settle(page);
  for (let n = 1; n < step; n += 1) {
    await next(page).click();
    await page.getByText(`${n + 1} / 4`).waitFor();
  }
  await settle(page);
  return page;
}

it("a sign-in that was begun bars Next, and says why; one button is filled", async () => {
  const page = await at(3);
  await page.locator(".pick").nth(1).click();
  expect(await next(page).getAttribute("aria-disabled")).toBe("true");
  expect(await page.locator(".fr").innerText()).toContain("Sign in first, or start with practice.");
  expect(await page.locator(".b.pri").count()).toBe(1);
  await next(page).click({ force: true });
  expect(await page.getByText("3 / 4").count()).toBe(1);
  await page.locator(".pick").nth(0).click();
  await next(page).click();
  await page.getByText("4 / 4").waitFor();
  await page.context().close();
});

it("a system that does not start it at sign-in keeps nobody there, and is told", async () => {
  const page = await at(3);
  await page.evaluate(() => globalThis.kossoriFake.fail("preferences_set", { code: "autostart_not_here" }));
  await next(page).click();
  await page.getByText("4 / 4").waitFor();
  expect(await page.locator(".find.block").innerText()).toContain("autostart_not_here");
  expect(await page.evaluate(() => globalThis.kossoriFake.world.accounts.length)).toBe(1);
  await page.context().close();
});

it("skipping says what is left off, and keeps what was seen as chosen", async () => {
  const first = await at(1);
  expect(await first.locator(".fr").innerText()).toContain("Posts go out only while Kossori runs.");
  await first.context().close();
  const page = await at(3);
  await page.getByRole("button", { name: "Skip" }).click();
  await page.locator(".comp").waitFor();
  expect(await page.evaluate(() => globalThis.kossoriFake.world.preferences.autostart)).toBe(true);
  await page.context().close();
});

it("a second look tells of the second post, and says when it waits", async () => {
  const page = await at(4);
  const show = page.locator(".halves .b");
  const said = page.locator(".halves [role=status]");
  await show.click();
  await page.getByText("It went out at 10:42.").waitFor();
  await page.clock.runFor(120_000);
  await page.evaluate(() => {
    globalThis.kossoriFake.world.pausedUntil = null;
  });
  await page.locator("#example").fill("A second one.");
  await show.click();
  await settle(page);
  expect(await said.innerText()).not.toContain("went out");
  expect(await said.innerText()).toContain("Queued. ");
  await page.evaluate(() => {
    globalThis.kossoriFake.world.pausedUntil = undefined;
    globalThis.kossoriFake.world.spacing.per_window = 0;
  });
  await page.locator("#example").fill("A third one.");
  await show.click();
  await settle(page);
  expect(await said.innerText()).toContain("It does not go out in this break");
  await page.context().close();
});

it("by keys alone, Enter goes on to a post on the practice timeline", async () => {
  const page = await at(1);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByText("2 / 4").waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByText("3 / 4").waitFor();
  await settle(page);
  await page.keyboard.press("Enter");
  await page.getByText("4 / 4").waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Control+Enter");
  for (let n = 0; n < 10 && (await page.locator(".timeline li b").count()) === 0; n += 1) await settle(page);
  expect(await page.locator(".timeline li b").count()).toBe(1);
  await page.context().close();
});

it("any other network may be the first, and Enter in its form is the form's", async () => {
  const page = await at(3);
  await page.getByLabel("Another network").check();
  expect(await page.locator(".pick").last().innerText()).toContain("Misskey · X");
  expect(await next(page).getAttribute("aria-disabled")).toBe("true");
  await page.locator(".mid-area form input").first().press("Enter");
  await settle(page);
  expect(await page.getByText("3 / 4").count()).toBe(1);
  await page.context().close();
});

it.each(["ja", "en"] as const)(
  "the composer leads to it as long as there is no account, and keeps the text, in %s",
  async (language) => {
    const page = await stage.page({
      language,
      seed: { accounts: "none", preferences: { first_run_done: false } },
    });
    await settle(page);
    const go = page.locator(".go");
    expect(await go.locator(".lead").innerText()).toBe(
      language === "ja" ? "投稿先を決める" : "Choose where it goes",
    );
    expect(await go.getAttribute("aria-disabled")).toBe("false");
    await area(page).fill("ginkgo");
    const heard: string[] = [];
    for (const way of [() => page.keyboard.press("Control+Enter"), () => go.click()]) {
      await way();
      await page.locator(".fr").waitFor();
      const drafts = await page.evaluate(() =>
        globalThis.kossoriFake.world.drafts.map((draft) => draft.content.parts[0]?.text),
      );
      expect(drafts).toEqual(["ginkgo"]);
      await page.evaluate(() => globalThis.kossoriFake.show("compose"));
      await settle(page);
      expect(await area(page).inputValue()).toBe("ginkgo");
      heard.push(await page.locator(".c-says").innerText());
    }
    const kept =
      language === "ja"
        ? "文章は下書きに残しました。投稿先は、メイン画面で決められます。"
        : "Your text is kept as a draft. In the main window you choose where it goes.";
    expect(heard).toEqual([kept, kept]);
    // Once there is one, it can be queued at once.
    await page.evaluate(() => globalThis.kossoriFake.show("main"));
    await page.locator(".fr").waitFor();
    await page.locator(".foot .q").first().click();
    await settle(page);
    expect(await area(page).inputValue()).toBe("ginkgo");
    await page.evaluate(() =>
      globalThis.kossoriFake.bridge.ask({ do: "account_add", network: "practice" } as never),
    );
    await settle(page);
    expect(await page.locator(".c-says").innerText()).toBe("");
    await page.keyboard.press("Control+Enter");
    await settle(page);
    expect(await page.evaluate(() => globalThis.kossoriFake.world.queue.map(({ text }) => text))).toEqual([
      "ginkgo",
    ]);
    await page.context().close();
  },
);
