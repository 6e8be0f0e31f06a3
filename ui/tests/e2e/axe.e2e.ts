import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { against } from "../axe";
import { strays } from "../said";
import { SCREENS, settle } from "../screens";
import { Stage } from "../stage";

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());

const SECOND_MS = 1000;

/**
 * What a page that nobody touches asks in a second of its own: by itself, nothing. The world may tell something meanwhile, and
 * then it is read again; who always has a reason to ask again never comes to an end.
 */
async function asksByItself(page: Page): Promise<string[]> {
  const seen = () =>
    page.evaluate(() => ({
      told: kossoriFake.told,
      open: kossoriFake.open,
      asked: kossoriFake.asked.map((one) => one.do),
    }));
  let asked: string[] = [];
  for (let n = 0; n < 4; n += 1) {
    await settle(page);
    const before = await seen();
    await page.clock.runFor(SECOND_MS);
    const after = await seen();
    asked = after.asked.slice(before.asked.length);
    if (asked.length === 0 || after.told === before.told) break;
  }
  return asked;
}

// 0, 3 and 1,000 things in the queue, and every other screen.
const three = {
  name: "queue-three",
  scene: { main: true, seed: { queue: 3 } },
  play: SCREENS[0]?.play ?? (async () => {}),
};

describe.each([...SCREENS, three])("$name", ({ name, scene, play }) => {
  it.each([
    ["ja", "light"],
    ["ja", "dark"],
    ["en", "light"],
    ["en", "dark"],
  ] as const)("nothing against it, %s %s", async (language, theme) => {
    const page = await stage.page({ ...scene, language, theme, seed: { ...scene.seed, texts: language } });
    await play(page, language);
    if (name === "queue-thousand")
      await page.waitForFunction(() => document.querySelectorAll(".it").length === 1000);
    expect(await strays(page, language)).toEqual([]);
    expect(await asksByItself(page)).toEqual([]);
    expect(await against(page)).toEqual([]);
    await page.context().close();
  });
});
