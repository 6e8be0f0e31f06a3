// The field that is there before the page: nothing that was typed into it is lost, and it never stands in the way.
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { settle } from "../screens";
import { type Scene, Stage } from "../stage";

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(async () => {
  expect(stage.trouble).toEqual([]);
  await stage.close();
});

const first = (page: Page) => page.locator(".first textarea");
const area = (page: Page) => page.locator("#page .c-text textarea");
const place = async (field: ReturnType<Page["locator"]>) => {
  const box = await field.boundingBox();
  return [box?.x, box?.y, box?.width];
};

/** As an input method does it. */
async function composes(page: Page) {
  const tools = await page.context().newCDPSession(page);
  const compose = (text: string) =>
    tools.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
  return { compose, settle: (text: string) => tools.send("Input.insertText", { text }) };
}

/** A page that comes a second time, whose own code does not come before `letGo`; with what was noted before. */
async function reloaded(scene: Scene, note = (_: string) => {}, noted = "") {
  const page = await stage.page(scene);
  await settle(page);
  await page.evaluate(note, noted);
  let letGo = () => {};
  const held = new Promise<void>((go) => {
    letGo = go;
  });
  await page.route("**/page-*.js", async (route) => {
    await held;
    await route.continue();
  });
  await page.reload({ waitUntil: "commit" });
  await page.waitForFunction(() => globalThis.kossoriFake?.painted === 1);
  return { page, letGo };
}

describe("the first field", () => {
  it("takes what is typed before the page is there, and hands it over as if typed in the page", async () => {
    let stood: unknown;
    const page = await stage.page({}, async (page) => {
      await first(page).waitFor();
      expect(await page.evaluate(() => [kossoriFake.painted, kossoriFake.mounted])).toEqual([1, 0]);
      await page.keyboard.type("ginkgo\nleaves");
      await page.keyboard.press("ArrowLeft");
      expect(await first(page).inputValue()).toBe("ginkgo\nleaves");
      expect(await page.evaluate(() => [...kossoriFake.staysOpen])).toContain("unsaved");
      stood = await place(first(page));
    });
    expect(await first(page).count()).toBe(0);
    expect(await area(page).inputValue()).toBe("ginkgo\nleaves");
    expect(await place(area(page))).toEqual(stood);
    await page.keyboard.type("X");
    expect(await area(page).inputValue()).toBe("ginkgo\nleaveXs");
    await page.clock.runFor(2000);
    await settle(page);
    expect(
      await page.evaluate(() => kossoriFake.world.drafts.map((draft) => draft.content.parts[0]?.text)),
    ).toEqual(["ginkgo\nleaveXs"]);
    expect(await page.evaluate(() => [...kossoriFake.staysOpen])).not.toContain("unsaved");
    await page.keyboard.press("Control+z");
    await page.keyboard.press("Control+z");
    expect(await area(page).inputValue()).toBe("");
    await page.context().close();
  });

  it("goes over only when no input method composes in it any more", async () => {
    const { page, letGo } = await reloaded({ language: "ja" });
    const input = await composes(page);
    await input.compose("いちょ");
    letGo();
    // The page's own code has come.
    await page.waitForLoadState("networkidle");
    await input.compose("いちょう");
    await settle(page);
    expect(await page.evaluate(() => kossoriFake.mounted)).toBe(0);
    expect(await first(page).inputValue()).toBe("いちょう");
    expect(await page.evaluate(() => [...kossoriFake.staysOpen])).toContain("composing");
    await input.settle("銀杏");
    await first(page).waitFor({ state: "detached" });
    expect(await area(page).inputValue()).toBe("銀杏");
    expect(await page.evaluate(() => document.activeElement?.closest("#page")?.id)).toBe("page");
    expect(await page.evaluate(() => [...kossoriFake.staysOpen])).not.toContain("composing");
    await page.keyboard.type("!");
    expect(await area(page).inputValue()).toBe("銀杏!");
    await page.context().close();
  });

  it("hides with Esc, and keeps what was typed", async () => {
    const page = await stage.page({}, async (page) => {
      await first(page).waitFor();
      await page.keyboard.type("kept");
      await page.keyboard.press("Escape");
    });
    await page.waitForFunction(() => kossoriFake.hidden);
    expect(
      await page.evaluate(() => kossoriFake.world.drafts.map((draft) => draft.content.parts[0]?.text)),
    ).toEqual(["kept"]);
    await page.context().close();
  });

  describe("keys that ask for something before the page is there", () => {
    const world = (page: Page) =>
      page.evaluate(() => {
        const { world, asked } = kossoriFake;
        return {
          queued: world.queue.map(({ text }) => text),
          drafts: world.drafts.map((draft) => draft.content.parts[0]?.text),
          asked: asked.filter((one) => one.do === "post_add").length,
        };
      });
    const typed = (keys: string[]) =>
      stage.page({}, async (page) => {
        await page.waitForFunction(() => globalThis.kossoriFake?.painted === 1);
        await page.keyboard.type("ginkgo");
        for (const key of keys) await page.keyboard.press(key);
      });

    it.each([[["Control+Enter"]], [["Control+Enter", "Control+Enter"]], [["Control+s", "Meta+Enter"]]])(
      "%j: it is queued, once",
      async (keys) => {
        const page = await typed(keys);
        await settle(page);
        expect(await world(page)).toEqual({ queued: ["ginkgo", "ginkgo"], drafts: [], asked: 1 });
        expect(await area(page).inputValue()).toBe("");
        await page.context().close();
      },
    );

    it("Ctrl+S: it is among the drafts, and the field is empty", async () => {
      const page = await typed(["Control+s"]);
      await settle(page);
      expect(await world(page)).toEqual({ queued: [], drafts: ["ginkgo"], asked: 0 });
      expect(await area(page).inputValue()).toBe("");
      expect(await page.locator(".c-says").innerText()).toBe("Kept as a draft.");
      await page.context().close();
    });

    it.each([[["Control+Enter", "s"]], [["Control+Enter", "Escape"]]])(
      "%j: nothing is queued, and the text stays",
      async (keys) => {
        const page = await typed(keys);
        await settle(page);
        // The page's clock stands between two looks.
        for (let n = 0; n < 20 && (await world(page)).drafts.length === 0; n += 1) await settle(page);
        const text = keys[1] === "s" ? "ginkgos" : "ginkgo";
        expect(await world(page)).toEqual({ queued: [], drafts: [text], asked: 0 });
        expect(await area(page).inputValue()).toBe(text);
        await page.context().close();
      },
    );

    it("not what an input method composes", async () => {
      const { page, letGo } = await reloaded({ language: "ja" });
      const input = await composes(page);
      await input.compose("いちょう");
      await page.keyboard.press("Control+Enter");
      letGo();
      await input.settle("銀杏");
      await first(page).waitFor({ state: "detached" });
      await settle(page);
      expect(await world(page)).toMatchObject({ queued: [], asked: 0 });
      expect(await area(page).inputValue()).toBe("銀杏");
      await page.context().close();
    });

    it("not with the draft of last time, which was not seen", async () => {
      const { page, letGo } = await reloaded(
        { seed: { drafts: 1, texts: "en" } },
        (mark) => localStorage.setItem("kossori.draft", mark),
        "draft-s0",
      );
      await page.keyboard.type("x");
      await page.keyboard.press("Control+Enter");
      letGo();
      await first(page).waitFor({ state: "detached" });
      await page.clock.runFor(3000);
      await settle(page);
      expect(await area(page).inputValue()).toContain("\n\nx");
      expect(await world(page)).toMatchObject({ queued: [], asked: 0 });
      await page.context().close();
    });

    it("not later, when a keyring that was known to be locked is opened", async () => {
      const page = await stage.page({ seed: { locked: true } });
      await settle(page);
      await area(page).click();
      await page.keyboard.type("ginkgo");
      await page.keyboard.press("Control+Enter");
      await page.evaluate(() => {
        kossoriFake.world.locked = false;
        kossoriFake.tell({ event: "changed" });
      });
      await settle(page);
      await page.locator(".go").waitFor();
      expect(await world(page)).toMatchObject({ queued: [], asked: 0 });
      expect(await area(page).inputValue()).toBe("ginkgo");
      await page.context().close();
    });

    it("not with nothing in it, though the draft of last time could go as it is", async () => {
      const { page, letGo } = await reloaded(
        { seed: { drafts: 1, texts: "en" } },
        (mark) => localStorage.setItem("kossori.draft", mark),
        "draft-s0",
      );
      await page.evaluate(() => {
        const [draft] = kossoriFake.world.drafts;
        if (!draft) return;
        const repost = "https://bsky.app/profile/pal.example/post/3k";
        const content = { ...draft.content, parts: [{ text: "", media: [] }], repost };
        Object.assign(draft, { text: "", content });
      });
      await page.keyboard.press("Control+Enter");
      letGo();
      await first(page).waitFor({ state: "detached" });
      await page.clock.runFor(3000);
      await settle(page);
      expect(await page.locator(".go").getAttribute("aria-disabled")).not.toBe("true");
      expect(await world(page)).toMatchObject({ queued: [], asked: 0 });
      await page.context().close();
    });

    it("not later, when a keyring that was locked is opened", async () => {
      const page = await stage.page({}, async (page) => {
        await page.waitForFunction(() => globalThis.kossoriFake?.painted === 1);
        await page.evaluate(() => {
          kossoriFake.world.locked = true;
        });
        await page.keyboard.type("ginkgo");
        await page.keyboard.press("Control+Enter");
      });
      await settle(page);
      expect(await page.locator(".go").count()).toBe(0);
      await page.evaluate(() => {
        kossoriFake.world.locked = false;
        kossoriFake.tell({ event: "changed" });
      });
      await settle(page);
      await page.locator(".go").waitFor();
      expect(await world(page)).toMatchObject({ queued: [], asked: 0 });
      expect(await area(page).inputValue()).toBe("ginkgo");
      await page.context().close();
    });
  });

  it("goes with nothing in it, and holds nothing up", async () => {
    const page = await stage.page({}, async (page) => {
      await first(page).waitFor();
      await page.keyboard.type("x");
      await page.keyboard.press("Backspace");
    });
    await settle(page);
    expect(await page.evaluate(() => [...kossoriFake.staysOpen])).toEqual([]);
    expect(await page.evaluate(() => kossoriFake.world.drafts.length)).toBe(0);
    await page.context().close();
  });

  it.each(["draft-s0", "since:2026-11-25T01:00:00.000Z"])(
    "stands behind the draft of last time: %s",
    async (mark) => {
      const { page, letGo } = await reloaded(
        { seed: { drafts: 1, texts: "en" } },
        (mark) => localStorage.setItem("kossori.draft", mark),
        mark,
      );
      await page.keyboard.type("x");
      letGo();
      await first(page).waitFor({ state: "detached" });
      await page.clock.runFor(3000);
      await settle(page);
      await settle(page);
      expect(await area(page).inputValue()).toContain("\n\nx");
      expect(await page.evaluate(() => kossoriFake.world.drafts.length)).toBe(1);
      await page.context().close();
    },
  );

  it("speaks the language and has the theme of last time", async () => {
    const { page } = await reloaded(
      {},
      (look) => localStorage.setItem("kossori.look", look),
      '{"wanted":"ja","theme":"dark"}',
    );
    await page.waitForFunction(() => document.documentElement.dataset.theme === "dark");
    expect(await page.evaluate(() => document.documentElement.lang)).toBe("ja");
    expect(await first(page).getAttribute("placeholder")).toBe(
      "思いついたことを、そのまま。出るのは休憩時間です。",
    );
    expect(await first(page).getAttribute("aria-label")).toBe("投稿の本文");
    await page.context().close();
  });

  it("is not in the main window, which is shown whole", async () => {
    const page = await stage.page({ main: true }, async (page) => {
      await page.waitForFunction(() => document.querySelector(".first") === null);
      expect(await page.evaluate(() => kossoriFake.painted)).toBe(0);
    });
    expect(await page.evaluate(() => kossoriFake.painted)).toBe(1);
    await page.context().close();
  });
});
