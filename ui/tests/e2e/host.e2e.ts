// A host that is away, older, newer, locked or unsure: each has its sentence, and its way out.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { settle, write } from "../screens";
import { Stage } from "../stage";

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());
afterEach(() => {
  expect(stage.trouble.splice(0)).toEqual([]);
});

describe.each(["en", "ja"] as const)("in %s", (language) => {
  const en = language === "en";

  it.each([
    ["folder_newer", en ? "newer version of Kossori" : "新しい版の Kossori"],
    ["updated_start_again", en ? "Kossori was updated" : "Kossori が更新されました"],
    ["folder_in_use", en ? "Another process holds" : "ほかのプロセス"],
  ] as const)("%s is said by the composer and the main window, with its code", async (code, words) => {
    for (const main of [false, true]) {
      const page = await stage.page({ main, language });
      await settle(page);
      if (!main) await write(page, "x");
      await page.evaluate((why) => globalThis.kossoriFake.die("gone", { code: why }), code);
      await settle(page);
      const said = await page.locator(main ? ".strip-line" : ".state").innerText();
      expect(said).toContain(words);
      expect(said).toContain(code);
      if (!main) expect(said).toContain(en ? "Your text is kept" : "文章はそのまま");
      // It is tried again by itself: the reason stands until a host answers.
      await page.evaluate(() => globalThis.kossoriFake.die("starting"));
      await settle(page);
      expect(await page.locator(main ? ".strip-line" : ".state").innerText()).toContain(code);
      await page.evaluate(() => globalThis.kossoriFake.revive());
      await settle(page);
      expect(await page.locator(main ? ".body" : ".state").innerText()).not.toContain(code);
      await page.context().close();
    }
  });

  it("a damaged database offers the newest whole backup, and goes back to it", async () => {
    const whole = {
      way_back: "whole",
      backup: "kossori-20261125-013000-daily",
      at: "2026-11-25T10:30:00.000+09:00",
    };
    const page = await stage.page({ main: true, language, seed: { damaged: whole } });
    await settle(page);
    const strip = page.locator(".strip-line");
    expect(await strip.innerText()).toContain("10:30");
    expect(await strip.innerText()).toContain("database_damaged");
    await strip.getByRole("button").click();
    await settle(page);
    expect(await strip.innerText()).toContain("folder_is_a_copy");
    await page.context().close();
  });

  it("a damaged database without a whole backup says so, and offers nothing", async () => {
    const page = await stage.page({ main: true, language, seed: { damaged: { way_back: "none" } } });
    await settle(page);
    const strip = page.locator(".strip-line");
    expect(await strip.innerText()).toContain(en ? "no whole backup" : "戻せるバックアップがありません");
    expect(await strip.getByRole("button").count()).toBe(0);
    await page.context().close();
  });

  it("what could not be read while the host was away is no news once it is back", async () => {
    for (const [number, list] of [
      [1, "queue_list"],
      [2, "draft_list"],
    ] as const) {
      const page = await stage.page({ main: true, language });
      await settle(page);
      await page.keyboard.press(`Control+${number}`);
      await settle(page);
      // A change is told, and the host goes while the list is read again.
      await page.evaluate((what) => {
        globalThis.kossoriFake.swallow(what);
        globalThis.kossoriFake.tell({ event: "changed" });
      }, list);
      await settle(page);
      await page.evaluate(() => globalThis.kossoriFake.die("gone", { code: "folder_in_use" }));
      await settle(page);
      await page.evaluate(() => globalThis.kossoriFake.revive());
      await settle(page);
      expect(await page.locator(".body").innerText()).not.toContain("folder_in_use");
      await page.context().close();
    }
  });

  it("one that ended and is being started is said without a code", async () => {
    const page = await stage.page({ main: true, language });
    await settle(page);
    await page.evaluate(() => globalThis.kossoriFake.die("starting"));
    await settle(page);
    expect(await page.locator(".strip-line").innerText()).toContain(en ? "is starting" : "起動しています");
    await page.context().close();
  });

  it.each([
    ["clock_unsure", en ? "The clock is right" : "時計は合っています"],
    ["folder_is_a_copy", en ? "Go on with this folder" : "このフォルダーで続ける"],
  ])("%s is said in the main window, and ended there", async (reason, button) => {
    const page = await stage.page({ main: true, language, seed: { reason } });
    await settle(page);
    expect(await page.locator(".strip-line").innerText()).toContain(reason);
    await page.getByRole("button", { name: button }).click();
    await settle(page);
    expect(await page.locator(".strip-line").count()).toBe(0);
    await page.context().close();
  });

  it.each([
    ["main", true],
    ["first-run", false],
  ] as const)(
    "a locked keyring is unlocked in the %s view, after a word on what is asked",
    async (_, done) => {
      const preferences = { first_run_done: done };
      const page = await stage.page({ main: true, language, seed: { locked: true, preferences } });
      await settle(page);
      const words = en ? "asks for your keyring's password" : "キーリングのパスワードをたずねます";
      expect(await page.locator(".locked").innerText()).toContain(words);
      await page.locator(".locked .pri").click();
      await settle(page);
      expect(await page.locator(".locked").count()).toBe(0);
      expect(await page.evaluate(() => globalThis.kossoriFake.world.locked)).toBe(false);
      await page.context().close();
    },
  );
});
