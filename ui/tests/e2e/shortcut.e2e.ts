import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
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

const open = async (seed = {}) => {
  const page = await stage.page({ main: true, language: "en", seed });
  // A key that comes before the page is nobody's.
  await settle(page);
  await page.keyboard.press(keyOf("settings"));
  await page.locator("h1", { hasText: "Settings" }).waitFor();
  await settle(page);
  return page;
};
const SCOPE = "Shortcut to write";

describe("a key that is heard everywhere", () => {
  it("is chosen by pressing it, and removed, by keyboard alone", async () => {
    const page = await open();
    const kept = () => page.evaluate(() => globalThis.kossoriFake.world.preferences.shortcut_write);
    const field = page.getByRole("button", { name: `${SCOPE}: None` });
    await field.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: `${SCOPE}: Press the keys` }).waitFor();
    // Escape leaves it as it was, a letter alone is none.
    await page.keyboard.press("Escape");
    await field.waitFor();
    await page.keyboard.press("Enter");
    await page.keyboard.press("k");
    await page.keyboard.press("Control+Alt+k");
    await page.getByRole("button", { name: `${SCOPE}: Ctrl+Alt+K` }).waitFor();
    expect(await kept()).toBe("Ctrl+Alt+K");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await field.waitFor();
    expect(await kept()).toBeNull();
    await page.context().close();
  });

  it("that another program has is told", async () => {
    const page = await open({
      preferences: { shortcut_hide: "Ctrl+Alt+H" },
      shortcuts: { desktop: "x11", taken: ["hide"] },
    });
    expect(await page.locator(".settings").innerText()).toContain("Another program has these keys.");
    await page.context().close();
  });

  it("cannot be on Wayland, where the command is named instead", async () => {
    const page = await open({ shortcuts: { desktop: "wayland", taken: [] } });
    const text = await page.locator(".settings").innerText();
    expect(text).toContain("add a shortcut for the command kossori --compose");
    expect(text).toContain("add a shortcut for the command kossorictl hide");
    expect(await page.getByRole("button", { name: SCOPE }).count()).toBe(0);
    await page.context().close();
  });
});
