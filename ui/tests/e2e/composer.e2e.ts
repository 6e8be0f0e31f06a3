import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { TEXTS } from "../fake/seeds";
import { area, settle, write } from "../screens";
import { Stage } from "../stage";

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());
afterEach(() => {
  // Nothing on the console, nothing asked of the network, nothing that the policy had to refuse.
  expect(stage.trouble.splice(0)).toEqual([]);
});

const world = (page: import("playwright-core").Page) =>
  page.evaluate(() => ({
    drafts: globalThis.kossoriFake.world.drafts.map((draft) => draft.content.parts[0]?.text),
    queue: globalThis.kossoriFake.world.queue.map(({ account, text, when, planned_at }) => ({
      account,
      text,
      when,
      planned_at,
    })),
    hidden: globalThis.kossoriFake.hidden,
    opened: globalThis.kossoriFake.opened,
    stays: [...globalThis.kossoriFake.staysOpen],
  }));

const says = (page: import("playwright-core").Page) => page.locator(".c-says").innerText();
const saved = (page: import("playwright-core").Page) => page.locator(".state").innerText();

describe.each(["ja", "en"] as const)("writing, in %s", (language) => {
  it("goes to the queue and says the real time", async () => {
    const page = await stage.page({ language });
    await settle(page);
    expect(await page.locator("html").getAttribute("lang")).toBe(language);
    await area(page).pressSequentially(TEXTS[language][3] ?? "");
    await settle(page);
    expect(await saved(page)).toContain("10:42");
    expect(await page.locator(".cnt").first().innerText()).toContain("/300");
    await page.keyboard.press("Control+Enter");
    await settle(page);
    const { queue, drafts } = await world(page);
    expect(queue.map(({ account }) => account)).toEqual(["a-blue", "a-masto"]);
    expect(queue[0]?.text).toBe(TEXTS[language][3]);
    expect(drafts).toEqual([]);
    const time = queue.map(({ planned_at }) => planned_at?.slice(11, 16)).sort()[0] ?? "?";
    expect(await says(page)).toContain(time);
    expect(await area(page).inputValue()).toBe("");
    await page.context().close();
  });
});

describe("the keys", () => {
  it("Enter makes a line and sends nothing", async () => {
    const page = await stage.page();
    await settle(page);
    await area(page).pressSequentially("one\ntwo");
    await settle(page);
    expect((await world(page)).queue).toEqual([]);
    expect(await area(page).inputValue()).toBe("one\ntwo");
    await page.context().close();
  });

  it("Ctrl+Enter while composing submits nothing", async () => {
    const page = await stage.page();
    await settle(page);
    await write(page, "にほんご");
    await area(page).evaluate((target) => {
      const init = { key: "Enter", ctrlKey: true, bubbles: true, cancelable: true };
      target.dispatchEvent(new KeyboardEvent("keydown", { ...init, isComposing: true }));
      target.dispatchEvent(new KeyboardEvent("keydown", { ...init, keyCode: 229 }));
      const leave = { key: "Escape", bubbles: true, cancelable: true };
      target.dispatchEvent(new KeyboardEvent("keydown", { ...leave, isComposing: true }));
    });
    await settle(page);
    const now = await world(page);
    expect([now.queue, now.hidden]).toEqual([[], false]);
    await page.context().close();
  });

  it("Esc keeps the draft and hides", async () => {
    const page = await stage.page();
    await settle(page);
    await area(page).pressSequentially("kept");
    await page.keyboard.press("Escape");
    await settle(page);
    const now = await world(page);
    expect([now.hidden, now.drafts]).toEqual([true, ["kept"]]);
    expect(await area(page).inputValue()).toBe("kept");
    await page.context().close();
  });

  it("Ctrl+S keeps a draft and begins anew; Ctrl+T, Alt+1, F8 and Alt+Enter do what they say", async () => {
    const page = await stage.page();
    await settle(page);
    await write(page, "later");
    await page.keyboard.press("Control+s");
    await settle(page);
    expect((await world(page)).drafts).toEqual(["later"]);
    expect(await area(page).inputValue()).toBe("");
    await page.keyboard.press("Alt+1");
    expect(await page.locator(".chip").first().getAttribute("aria-pressed")).toBe("false");
    await write(page, "a​b");
    await page.keyboard.press("F8");
    expect(
      await area(page).evaluate((one: HTMLTextAreaElement) => [one.selectionStart, one.selectionEnd]),
    ).toEqual([1, 2]);
    await area(page).press("End");
    await page.keyboard.press("Alt+Enter");
    expect(await area(page).inputValue()).toBe("a​b\n---\n");
    await page.keyboard.press("Control+t");
    expect(await page.locator(".c-time").isVisible()).toBe(true);
    await page.context().close();
  });
});

describe("official", () => {
  const official = async () => {
    const page = await stage.page();
    await settle(page);
    expect(await page.locator(".chip[data-p=official]").getAttribute("aria-pressed")).toBe("false");
    await page.locator(".chip[data-p=official]").click();
    await write(page, "Our desk is closed.");
    return page;
  };

  it("held for 900 ms by pointer it goes, released early nothing happens", async () => {
    const page = await official();
    await page.locator(".holdb").hover();
    await page.mouse.down();
    await page.clock.runFor(700);
    await page.mouse.up();
    await page.clock.runFor(3000);
    expect((await world(page)).queue).toEqual([]);
    await page.mouse.down();
    await page.clock.runFor(1000);
    await settle(page);
    await page.mouse.up();
    expect((await world(page)).queue.map(({ account }) => account)).toEqual(["a-asagi"]);
    await page.context().close();
  });

  it.each(["Space", "Enter"])("held by %s too", async (key) => {
    const page = await official();
    await page.locator(".holdb").focus();
    await page.keyboard.down(key);
    await page.clock.runFor(600);
    await page.keyboard.up(key);
    await page.clock.runFor(2000);
    expect((await world(page)).queue).toEqual([]);
    await page.keyboard.down(key);
    await page.clock.runFor(1000);
    await settle(page);
    await page.keyboard.up(key);
    expect((await world(page)).queue).toHaveLength(1);
    await page.context().close();
  });

  it("Ctrl+Enter has to be held as well", async () => {
    const page = await official();
    await page.keyboard.press("Control+Enter");
    await page.clock.runFor(3000);
    await settle(page);
    expect((await world(page)).queue).toEqual([]);
    await page.context().close();
  });

  it("Ctrl+Enter held for 900 ms goes", async () => {
    const page = await official();
    await page.keyboard.down("Control");
    await page.keyboard.down("Enter");
    await page.clock.runFor(1000);
    await settle(page);
    await page.keyboard.up("Enter");
    await page.keyboard.up("Control");
    expect((await world(page)).queue).toHaveLength(1);
    await page.context().close();
  });

  it("typing the handle confirms, an edit voids it", async () => {
    const page = await official();
    await page.locator(".saved .lk").click();
    await page.locator(".c-field input").fill("asagi-works.example");
    expect(await page.locator(".go").isVisible()).toBe(true);
    await area(page).press("End");
    await page.keyboard.type("!");
    expect(await page.locator(".go").count()).toBe(0);
    expect(await page.locator(".holdb").isVisible()).toBe(true);
    await page.locator(".saved .lk").click();
    await page.locator(".c-field input").fill("asagi-works.example");
    await settle(page);
    await page.locator(".go").click();
    await settle(page);
    expect((await world(page)).queue[0]?.text).toBe("Our desk is closed.!");
    await page.context().close();
  });

  it("an edit while it is held leaves nothing queued", async () => {
    const page = await official();
    await page.locator(".holdb").hover();
    await page.mouse.down();
    await page.clock.runFor(500);
    await area(page).evaluate((one: HTMLTextAreaElement) => {
      one.value = "Something else";
      one.dispatchEvent(new Event("input", { bubbles: true }));
    });
    await page.clock.runFor(2000);
    await settle(page);
    expect((await world(page)).queue).toEqual([]);
    await page.context().close();
  });
});

describe("a host that dies", () => {
  it("loses no key: an unanswered save is looked for, and what came after is kept", async () => {
    const page = await stage.page();
    await settle(page);
    await write(page, "first");
    await page.evaluate(() => globalThis.kossoriFake.swallow("draft_edit"));
    await area(page).press("End");
    await page.keyboard.type(" second");
    await page.clock.runFor(1000);
    await page.keyboard.type(" third");
    await settle(page);
    expect(await saved(page)).toContain("kept here");
    // Hidden, the window may go: it stays while the text is here alone.
    await page.keyboard.press("Escape");
    await settle(page);
    expect((await world(page)).hidden).toBe(false);
    expect((await world(page)).stays).toContain("unsaved");
    expect(await area(page).inputValue()).toBe("first second third");
    await page.evaluate(() => globalThis.kossoriFake.revive());
    await settle(page);
    await settle(page);
    expect((await world(page)).drafts).toEqual(["first second third"]);
    expect(await saved(page)).toContain("Saved");
    await page.context().close();
  });

  it("is said in a line when it does not come back", async () => {
    const page = await stage.page();
    await settle(page);
    await page.evaluate(() => globalThis.kossoriFake.die("gone"));
    await area(page).pressSequentially("still here");
    await settle(page);
    expect(await saved(page)).toContain("does not start");
    expect(await page.locator(".go").getAttribute("aria-disabled")).toBe("true");
    await page.context().close();
  });

  it("queueing without an answer is not done twice", async () => {
    const page = await stage.page();
    await settle(page);
    await write(page, "once");
    await page.evaluate(() => globalThis.kossoriFake.swallow("post_add"));
    await page.keyboard.press("Control+Enter");
    await settle(page);
    await page.evaluate(() => globalThis.kossoriFake.revive());
    await settle(page);
    await settle(page);
    // The shell has asked again under the same id: the real time is known.
    expect(await says(page)).toMatch(/Queued\. .*12:\d\d/);
    const { queue } = await world(page);
    expect(queue.map(({ account, text }) => [account, text])).toEqual([
      ["a-blue", "once"],
      ["a-masto", "once"],
    ]);
    expect(await area(page).inputValue()).toBe("");
    await page.context().close();
  });
});

describe("the rest of it", () => {
  it("finds a text too long, says so, and does not queue it", async () => {
    const page = await stage.page();
    await settle(page);
    await write(page, "x".repeat(301));
    expect(await page.locator(".find.block").innerText()).toContain("1 character too long");
    expect(await page.locator(".go").getAttribute("aria-disabled")).toBe("true");
    await page.keyboard.press("Control+Enter");
    await settle(page);
    expect((await world(page)).queue).toEqual([]);
    await page.context().close();
  });

  it("takes pictures by picker, paste and drop, with words for them", async () => {
    const page = await stage.page();
    await settle(page);
    await page.keyboard.press("Control+i");
    await settle(page);
    await page.evaluate(() => globalThis.kossoriFake.drop({ kind: "dropped", paths: ["/a/b.jpg"] }));
    await settle(page);
    await area(page).evaluate((target) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(600_000)], "shot.png", { type: "image/png" }));
      target.dispatchEvent(
        new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }),
      );
    });
    await settle(page);
    await settle(page);
    expect(await page.locator(".strip .alt-text").count()).toBe(3);
    expect(await page.locator(".strip").first().innerText()).toContain("Metadata removed");
    await page.locator(".strip .describe").first().click();
    await page.locator(".strip textarea").fill("A shrine path");
    await settle(page);
    expect(
      await page.evaluate(() => globalThis.kossoriFake.world.drafts[0]?.content.parts[0]?.media[0]?.alt),
    ).toBe("A shrine path");
    await page.evaluate(() => globalThis.kossoriFake.drop({ kind: "dropped", paths: ["/a/b.heic"] }));
    await settle(page);
    expect(await page.locator(".find.block").innerText()).toContain("HEIC");
    await page.context().close();
  });

  it("asks for a window, and for an exact time outside of them only with a yes", async () => {
    const page = await stage.page();
    await settle(page);
    await write(page, "tonight");
    await page.locator(".other").click();
    await page.getByRole("menuitemradio", { name: "Evening" }).click();
    await settle(page);
    // When it opens, or a little later: as the check has drawn it by then.
    expect(await page.locator(".go").innerText()).toMatch(/18:[345]\d\s*Evening/);
    await page.locator(".go").click();
    await settle(page);
    expect((await world(page)).queue[0]?.when).toEqual({ window: "evening" });
    await write(page, "at three");
    await page.keyboard.press("Control+t");
    await page.locator(".c-time input").first().fill("15:00");
    await page.keyboard.press("Enter");
    expect(await page.locator(".c-time").isVisible()).toBe(true);
    await page.locator(".c-time input[type=checkbox]").check();
    await page.locator(".c-time .b").first().click();
    await page.keyboard.press("Control+Enter");
    await settle(page);
    const asked = await page.evaluate(() =>
      globalThis.kossoriFake.asked.filter((one) => one.do === "post_add").at(-1),
    );
    expect(asked).toMatchObject({ when: { at: "2026-11-25 15:00" }, override_window: true });
    await page.context().close();
  });

  it("tells once that the computer has to be awake", async () => {
    const page = await stage.page({ seed: { preferences: { awake_told: false } } });
    await settle(page);
    await write(page, "one");
    await page.keyboard.press("Control+Enter");
    await settle(page);
    expect(await says(page)).toContain("on and awake at 12:");
    await write(page, "two");
    await page.keyboard.press("Control+Enter");
    await settle(page);
    expect(await says(page)).not.toContain("awake");
    await page.context().close();
  });

  it("unlocks a keyring at a click, and saves what was typed before", async () => {
    const page = await stage.page({ seed: { locked: true } });
    await settle(page);
    await area(page).pressSequentially("typed before");
    await settle(page);
    await page.getByRole("button", { name: "Unlock" }).click();
    await page.clock.runFor(6000);
    await settle(page);
    expect((await world(page)).drafts).toEqual(["typed before"]);
    await page.context().close();
  });

  it("goes on with the open draft when the window comes anew", async () => {
    const page = await stage.page({ seed: { drafts: 2, texts: "en" } });
    await settle(page);
    await page.evaluate(() => localStorage.setItem("kossori.draft", "draft-s1"));
    await page.reload();
    await page.waitForFunction(() => globalThis.kossoriFake?.mounted > 0);
    await settle(page);
    await settle(page);
    expect(await area(page).inputValue()).toBe(TEXTS.en[1]);
    await page.context().close();
  });
});

describe("the button", () => {
  it("names the window where there is room, not the one that opens next", async () => {
    const page = await stage.page();
    await settle(page);
    await write(page, "first");
    await settle(page);
    const said = () => page.locator(".go").innerText();
    expect(await said()).toContain("Lunch");
    for (let n = 0; n < 6; n += 1) {
      await write(page, `post ${n}`);
      await area(page).press("Control+Enter");
      await settle(page);
    }
    await write(page, "no room at lunch");
    await settle(page);
    expect(await said()).toContain("Evening");
    await area(page).press("Control+Enter");
    await settle(page);
    const last = await page.evaluate(() => globalThis.kossoriFake.world.queue.at(-1)?.window);
    expect(last).toBe("evening");
    await page.context().close();
  });
});
