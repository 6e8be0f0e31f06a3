// When the composer goes by itself, and what it tells its shell about staying.
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { area, keyOf, settle, write } from "../screens";
import { Stage } from "../stage";

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());
afterEach(() => {
  expect(stage.trouble.splice(0)).toEqual([]);
});

const hidden = (page: Page) => page.evaluate(() => globalThis.kossoriFake.hidden);
const reasons = (page: Page) => page.evaluate(() => [...globalThis.kossoriFake.staysOpen]);
const queued = (page: Page) => page.evaluate(() => globalThis.kossoriFake.world.queue.length);
/** From here on the page's time passes only when a test says so. */
const freeze = async (page: Page) => page.clock.pauseAt((await page.evaluate(() => Date.now())) + 1000);
/** Queued, and not a moment longer. */
const queue = async (page: Page, text: string) => {
  await settle(page);
  await write(page, text);
  await freeze(page);
  await page.keyboard.press("Control+Enter");
  for (let n = 0; n < 50 && (await page.locator(".c-says p").count()) === 0; n += 1)
    await page.clock.runFor(5);
  expect(await page.locator(".c-says p").count()).toBe(1);
};

describe("once a post is queued", () => {
  it("the window hides when its time could be read, and is as new when it comes back", async () => {
    const page = await stage.page();
    await queue(page, "back to work");
    await page.clock.runFor(1100);
    expect(await hidden(page)).toBe(false);
    await page.clock.runFor(200);
    expect(await hidden(page)).toBe(true);
    await page.evaluate(() => {
      (document.activeElement as HTMLElement).blur();
      globalThis.kossoriFake.show("compose");
    });
    await settle(page);
    expect(await page.locator(".c-says p").count()).toBe(0);
    expect(await area(page).evaluate((one) => one === document.activeElement)).toBe(true);
    await page.context().close();
  });

  it("stays for who writes on", async () => {
    const page = await stage.page();
    await queue(page, "one");
    await page.clock.runFor(800);
    await page.keyboard.type("t");
    await page.clock.runFor(3000);
    expect([await hidden(page), await area(page).inputValue()]).toEqual([false, "t"]);
    await page.context().close();
  });

  it("stays while it is pinned", async () => {
    const page = await stage.page();
    await settle(page);
    const pin = page.getByRole("button", { name: "Keep this window open" });
    await pin.click();
    expect(await reasons(page)).toEqual(["pinned"]);
    await queue(page, "one");
    await page.clock.runFor(5000);
    expect(await hidden(page)).toBe(false);
    await pin.click();
    expect([await reasons(page), await pin.getAttribute("aria-pressed")]).toEqual([[], "false"]);
    await page.context().close();
  });

  it("stays when there is more to read: that the computer has to be awake", async () => {
    const page = await stage.page({ seed: { preferences: { awake_told: false } } });
    await queue(page, "one");
    await page.clock.runFor(5000);
    expect(await hidden(page)).toBe(false);
    await page.context().close();
  });
});

describe("the shell is told to keep the window while", () => {
  it("an input method composes, in any field", async () => {
    const page = await stage.page();
    await settle(page);
    await page.getByRole("button", { name: "Content warning" }).click();
    for (const field of [area(page), page.locator(".cw input")]) {
      const compose = (kind: string) =>
        field.evaluate((one, type) => one.dispatchEvent(new CompositionEvent(type, { bubbles: true })), kind);
      await compose("compositionstart");
      expect(await reasons(page)).toContain("composing");
      await compose("compositionend");
      expect(await reasons(page)).not.toContain("composing");
    }
    await page.context().close();
  });

  it("a list is dropped down, and not a moment longer", async () => {
    const page = await stage.page();
    await settle(page);
    const opener = page.getByRole("button", { name: "Language, visibility, waiting" });
    const language = page.locator(".options select").first();
    await opener.click();
    // The focus alone drops nothing down.
    await language.focus();
    expect(await reasons(page)).toEqual([]);
    const press = () =>
      language.evaluate((one) => one.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true })));
    await press();
    expect(await reasons(page)).toEqual(["dialog"]);
    await language.evaluate((one) => one.dispatchEvent(new Event("change", { bubbles: true })));
    expect(await reasons(page)).toEqual([]);
    await press();
    // Dismissed without a choice: the window has the focus again.
    await page.evaluate(() => dispatchEvent(new Event("focus")));
    expect(await reasons(page)).toEqual([]);
    await press();
    await area(page).focus();
    expect(await reasons(page)).toEqual([]);
    await language.focus();
    await press();
    // Some web views say nothing of a focus that goes with what had it.
    await page.evaluate(() => {
      for (const kind of ["blur", "focusout"])
        document.querySelector(".options")?.addEventListener(kind, (event) => event.stopPropagation(), true);
    });
    await page.keyboard.press("Escape");
    expect(await page.locator(".options").count()).toBe(0);
    expect(await reasons(page)).toEqual([]);
    expect(await opener.evaluate((one) => one === document.activeElement)).toBe(true);
    await page.context().close();
  });

  it("there is text in it, until it was without the focus for ten seconds; and hidden it holds nothing", async () => {
    const page = await stage.page();
    await settle(page);
    await write(page, "saved");
    await freeze(page);
    expect(await reasons(page)).toEqual(["text"]);
    await page.evaluate(() => dispatchEvent(new Event("blur")));
    await page.clock.runFor(9_900);
    expect(await reasons(page)).toEqual(["text"]);
    await page.clock.runFor(200);
    expect(await reasons(page)).toEqual([]);
    await page.evaluate(() => dispatchEvent(new Event("focus")));
    expect(await reasons(page)).toEqual(["text"]);
    await page.evaluate(() => dispatchEvent(new Event("blur")));
    await page.clock.runFor(5000);
    await page.evaluate(() => dispatchEvent(new Event("focus")));
    await page.clock.runFor(20_000);
    expect(await reasons(page)).toEqual(["text"]);
    await page.keyboard.press("Escape");
    await settle(page);
    expect([await hidden(page), await reasons(page)]).toEqual([true, []]);
    await page.evaluate(() => globalThis.kossoriFake.show("compose"));
    await settle(page);
    expect(await reasons(page)).toEqual(["text"]);
    await area(page).fill("");
    await settle(page);
    expect(await reasons(page)).toEqual([]);
    await page.context().close();
  });

  it("a picture is over it, the picker or the keyring's question is open", async () => {
    const page = await stage.page({ seed: { locked: true } });
    await settle(page);
    await page.evaluate(() => globalThis.kossoriFake.drop({ kind: "over" }));
    expect(await reasons(page)).toEqual(["dragging"]);
    await page.evaluate(() => globalThis.kossoriFake.drop({ kind: "left" }));
    expect(await reasons(page)).toEqual([]);
    const unlock = page.getByRole("button", { name: "Unlock" });
    expect(await page.locator(".locked").innerText()).toContain("asks for your keyring's password");
    await freeze(page);
    await unlock.evaluate((one: HTMLElement) => one.click());
    expect(await reasons(page)).toEqual(["dialog"]);
    await settle(page);
    expect(await reasons(page)).toEqual([]);
    await page.context().close();
  });

  it("a sign-in runs", async () => {
    const page = await stage.page({ main: true, seed: { accounts: "practice" } });
    await settle(page);
    await page.keyboard.press(keyOf("accounts"));
    await page.locator(".bar .b").click();
    await page.locator("input[name=network][value=mastodon]").check();
    await page.locator("input[name=way][value=token]").check();
    await page.locator(".add input.f").first().fill("mastodon.example");
    await page.locator(".add input.f").nth(1).fill("token");
    await freeze(page);
    await page.locator(".add .b.pri").click();
    expect(await reasons(page)).toEqual(["sign_in"]);
    await settle(page);
    expect(await reasons(page)).toEqual([]);
    await page.context().close();
  });
});

describe("with a locked keyring", () => {
  it("what is typed is said to be not saved, and why Esc does nothing", async () => {
    const page = await stage.page({ seed: { locked: true } });
    await settle(page);
    await area(page).pressSequentially("typed");
    await settle(page);
    expect(await page.locator(".state").innerText()).toContain("Not saved. Your text is kept here.");
    await page.keyboard.press("Escape");
    await settle(page);
    expect(await hidden(page)).toBe(false);
    expect(await page.locator(".c-says").innerText()).toContain("The window stays");
    await page.context().close();
  });
});

describe("what could go wrong by hand", () => {
  it("a held Ctrl+Enter ends with the focus: whoever looks elsewhere confirms nothing", async () => {
    const page = await stage.page();
    await settle(page);
    await page.locator(".chip[data-p=official]").click();
    await write(page, "Our desk is closed.");
    await page.keyboard.down("Control");
    await page.keyboard.down("Enter");
    await page.clock.runFor(400);
    await page.evaluate(() => dispatchEvent(new Event("blur")));
    await page.clock.runFor(3000);
    await settle(page);
    expect(await queued(page)).toBe(0);
    await page.context().close();
  });

  it("fifty megabytes are not pasted, and what was there is kept", async () => {
    const page = await stage.page();
    await settle(page);
    await write(page, "kept");
    const began = Date.now();
    await area(page).evaluate((target) => {
      const data = new DataTransfer();
      data.setData("text/plain", "x".repeat(50_000_000));
      const paste = { clipboardData: data, bubbles: true, cancelable: true };
      if (target.dispatchEvent(new ClipboardEvent("paste", paste))) throw new Error("it was let in");
    });
    await settle(page);
    expect(Date.now() - began).toBeLessThan(5000);
    expect(await area(page).inputValue()).toBe("kept");
    expect(await page.locator(".c-says").innerText()).toContain("more than fits here");
    await area(page).press("End");
    await page.keyboard.type("!");
    expect(await page.locator(".c-says p").count()).toBe(0);
    // However it comes: what is dropped or put in by an input method says so before it is there.
    const came = await area(page).evaluate((target) => {
      const init = { data: "y".repeat(100_000), inputType: "insertText", bubbles: true, cancelable: true };
      return target.dispatchEvent(new InputEvent("beforeinput", init));
    });
    expect([came, await area(page).inputValue()]).toEqual([false, "kept!"]);
    await page.context().close();
  });
});
