import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { area, settle, write } from "../screens";
import { Stage } from "../stage";

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());
afterEach(() => {
  expect(stage.trouble.splice(0)).toEqual([]);
});

type Page = import("playwright-core").Page;
const begin = async (text: string) => {
  const page = await stage.page({ language: "en" });
  await settle(page);
  await write(page, text);
  return page;
};
const open = async (page: Page) => {
  await page.getByRole("button", { name: "What goes out" }).click();
  await settle(page);
};
const order = (page: Page) => page.locator(".preview .order .clip").allInnerTexts();

describe("what goes out", () => {
  it("is shown part by part for each account, with counts, bells and numbers", async () => {
    const page = await begin(`one\n---\n${"word ".repeat(80)}`);
    await open(page);
    const goes = async () =>
      Promise.all(
        (await page.locator(".preview .goes").all()).map(async (one) => [
          await one.locator("h2").innerText(),
          (await one.locator(".words").allInnerTexts()).map((text) => text.slice(0, 5)),
          (await one.locator(".words").allInnerTexts()).map((text) => text.slice(-3)),
        ]),
      );
    const shown = await goes();
    expect(shown.map(([name, begins]) => [name, begins])).toEqual([
      ["Bluesky haruka.dev", ["one", "word ", "word "]],
      ["Mastodon haruka", ["one", "word "]],
    ]);
    expect(await page.locator(".goes").nth(1).locator(".facts").nth(1).innerText()).toContain("Rings bells");
    await page.getByRole("checkbox", { name: "Number the parts" }).check();
    await settle(page);
    expect((await goes()).map(([, , ends]) => ends)).toEqual([
      ["1/3", "2/3", "3/3"],
      ["1/2", "2/2"],
    ]);
    await page.keyboard.press("Escape");
    expect(await page.locator(".preview").count()).toBe(0);
    expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe(
      "What goes out",
    );
    await page.context().close();
  });

  it("is put in another order by keys and by dragging, with its pictures, and that can be undone", async () => {
    const page = await begin("one");
    await page.getByRole("button", { name: "Add a picture" }).click();
    await settle(page);
    await write(page, "one\n---\ntwo\n---\nthree");
    await open(page);
    await page.getByRole("button", { name: "Move part 1" }).press("Alt+ArrowDown");
    await settle(page);
    expect(await order(page)).toEqual(["two", "one", "three"]);
    expect(await area(page).inputValue()).toBe("two\n---\none\n---\nthree");
    const part = () =>
      page.evaluate(() =>
        globalThis.kossoriFake.world.drafts[0]?.content.parts.map(({ media }) => media.length),
      );
    expect(await part()).toEqual([0, 1]);
    expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe("Move part 2");
    await page.getByRole("button", { name: "Undo" }).click();
    await settle(page);
    expect(await area(page).inputValue()).toBe("one\n---\ntwo\n---\nthree");
    expect(await part()).toEqual([1]);
    const middle = async (n: number) => {
      const box = await page.locator(`[data-part-row="${n}"]`).boundingBox();
      if (!box) throw new Error("it is there");
      return [box.x + 20, box.y + box.height / 2] as const;
    };
    await page.mouse.move(...(await middle(2)));
    await page.mouse.down();
    await page.mouse.move(...(await middle(0)), { steps: 5 });
    await page.mouse.up();
    await settle(page);
    expect(await order(page)).toEqual(["three", "one", "two"]);
    expect(await part()).toEqual([0, 1]);
    await page.context().close();
  });

  it("says what an official account's yes is void after", async () => {
    const page = await stage.page({ language: "en" });
    await settle(page);
    await page.locator(".chip[data-p=official]").click();
    await write(page, "one\n---\ntwo");
    await page.getByRole("button", { name: "Type the handle instead" }).click();
    await page.locator(".c-field input").fill("asagi-works.example");
    await settle(page);
    expect(await page.locator(".go").count()).toBe(1);
    await open(page);
    await page.getByRole("button", { name: "Part 1 later" }).click();
    expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe(
      "Part 2 later",
    );
    expect(await page.locator(".go").count()).toBe(0);
    await page.context().close();
  });
});
