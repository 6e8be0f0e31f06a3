import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { against } from "../axe";
import { strays } from "../said";
import { SCREENS } from "../screens";
import { Stage } from "../stage";

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());

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
    expect(await against(page)).toEqual([]);
    await page.context().close();
  });
});
