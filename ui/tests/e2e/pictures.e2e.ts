// Pictures that are described, moved, taken out and put back: by pointer and by keys, in both languages.
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { area, settle, write } from "../screens";
import { type Scene, Stage } from "../stage";

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());
afterEach(() => {
  expect(stage.trouble.splice(0)).toEqual([]);
});

const kept = (page: Page) =>
  page.evaluate(() =>
    (globalThis.kossoriFake.world.drafts[0]?.content.parts ?? []).map(({ media }) =>
      media.map(({ alt }) => alt).join(" "),
    ),
  );
const shown = (page: Page) => page.locator(".strip .alt-text").allInnerTexts();
const strip = (page: Page, alt: string) => page.locator(".strip", { hasText: alt });
const undo = (page: Page) => page.locator(".undo");

/** Pictures of these words, in one post or in a thread. */
async function withPictures(text: string, words: string[], scene: Scene = {}): Promise<Page> {
  const page = await stage.page(scene);
  await settle(page);
  await write(page, text);
  await area(page).evaluate((field: HTMLTextAreaElement) => field.setSelectionRange(0, 0));
  for (const [index, word] of words.entries()) {
    await page.keyboard.press("Control+i");
    await settle(page);
    await page.locator(".strip .describe").nth(index).click();
    await page.locator(".strip textarea").fill(word);
    await page.keyboard.press("Escape");
    await area(page).focus();
  }
  await settle(page);
  return page;
}

describe("a picture is moved", () => {
  it.each([
    ["en", "Picture 3 is picture 2 now.", "It is the first picture already.", "Undo"],
    ["ja", "3 枚目の画像を 2 枚目にしました。", "すでに最初の画像です。", "元に戻す"],
  ] as const)("by keys, and it is said, %s", async (language, said, first, back) => {
    const page = await withPictures("one", ["red", "green", "blue"], { language });
    await strip(page, "blue").locator(".handle").focus();
    await page.keyboard.press("Alt+ArrowLeft");
    await settle(page);
    expect(await undo(page).innerText()).toContain(said);
    expect(await page.locator("[role=status]", { hasText: said }).count()).toBe(1);
    expect([await shown(page), await kept(page)]).toEqual([["red", "blue", "green"], ["red blue green"]]);
    // What is moved keeps the focus.
    await page.keyboard.press("Alt+ArrowLeft");
    await settle(page);
    expect(await kept(page)).toEqual(["blue red green"]);
    await page.keyboard.press("Alt+ArrowLeft");
    expect(await page.locator(".strips-place > [role=status]").innerText()).toBe(first);
    await page.getByRole("button", { name: back }).click();
    await settle(page);
    expect(await kept(page)).toEqual(["red blue green"]);
    await page.context().close();
  });

  it("by buttons, to another part too; at the end there is no further", async () => {
    const page = await withPictures("one\n---\ntwo\n---\nthree", ["red", "green"]);
    await strip(page, "green").locator(".handle").click();
    const moves = page.locator(".moves");
    expect(await moves.locator("button").allInnerTexts()).toEqual([
      "Earlier",
      "Later",
      "To part 2",
      "To part 3",
    ]);
    await moves.getByText("To part 3").click();
    await settle(page);
    const focused = () => page.evaluate(() => document.activeElement?.className ?? "");
    expect(await focused()).toContain("handle");
    expect(await undo(page).innerText()).toContain("Picture 2 goes with part 3 now, as picture 2.");
    expect(await kept(page)).toEqual(["red", "", "green"]);
    expect(await strip(page, "green").innerText()).toContain("Part 3");
    expect(await moves.getByText("Later").getAttribute("aria-disabled")).toBe("true");
    await moves.getByText("Earlier").click();
    await settle(page);
    expect(await kept(page)).toEqual(["red", "green"]);
    await page.keyboard.press("Escape");
    expect(await moves.count()).toBe(0);
    expect(await page.evaluate(() => globalThis.kossoriFake.hidden)).toBe(false);
    expect(await page.evaluate(() => document.activeElement?.classList.contains("handle"))).toBe(true);
    await page.keyboard.press("Control+z");
    await settle(page);
    expect(await kept(page)).toEqual(["red", "", "green"]);
    await page.context().close();
  });

  it("stay with their words when a part is cut out, and no post is a bare picture", async () => {
    const page = await withPictures("one\n---\ntwo\n---\nthree", ["red", "green"]);
    await strip(page, "green").locator(".handle").click();
    await page.locator(".moves").getByText("To part 3").click();
    await settle(page);
    expect(await kept(page)).toEqual(["red", "", "green"]);
    await write(page, "one\n---\nthree");
    expect(await kept(page)).toEqual(["red", "green"]);
    await write(page, "zero\n---\none\n---\nthree");
    expect(await kept(page)).toEqual(["", "red", "green"]);
    await page.context().close();
  });

  it("by dragging: past another, to another part, and nowhere with Esc", async () => {
    const page = await withPictures("one\n---\ntwo", ["red", "green", "blue"], { height: 720 });
    const drag = async (from: string, to: { x: number; y: number }) => {
      const box = await strip(page, from).locator(".th-place").boundingBox();
      if (!box) throw new Error(from);
      await page.mouse.move(box.x + 20, box.y + 20);
      await page.mouse.down();
      await page.mouse.move(box.x + 26, box.y + 14);
      await page.mouse.move(to.x, to.y, { steps: 4 });
    };
    const top = async (which: string) => {
      await page.locator(which).first().scrollIntoViewIfNeeded();
      const box = await page.locator(which).first().boundingBox();
      if (!box) throw new Error(which);
      return { x: box.x + box.width / 2, y: box.y + 4 };
    };
    await drag("green", await top(".strip"));
    expect(await page.locator(".mark-before").innerText()).toContain("red");
    expect(await page.locator(".to-part").allInnerTexts()).toEqual(["To part 1", "To part 2"]);
    await page.keyboard.press("Escape");
    await page.mouse.up();
    await settle(page);
    expect([await kept(page), await page.locator(".to-part").count()]).toEqual([["red green blue"], 0]);
    expect(await page.evaluate(() => globalThis.kossoriFake.hidden)).toBe(false);
    await drag("green", await top(".strip"));
    await page.mouse.up();
    await settle(page);
    expect(await kept(page)).toEqual(["green red blue"]);
    await drag("red", { x: 200, y: 300 });
    await page.mouse.move(...(Object.values(await top(".to-part[data-part='1']")) as [number, number]));
    expect(await page.locator(".to-part.on").innerText()).toBe("To part 2");
    await page.mouse.up();
    await settle(page);
    expect(await kept(page)).toEqual(["green blue", "red"]);
    await undo(page).locator(".lk").click();
    await settle(page);
    expect(await kept(page)).toEqual(["green red blue"]);
    // A drag by the thumbnail is no click of what comes after it.
    await strip(page, "red").locator(".handle").focus();
    await page.keyboard.press("Enter");
    expect(await page.locator(".moves").count()).toBe(1);
    await page.context().close();
  });

  it("asks an official post's yes again", async () => {
    const page = await withPictures("ours", ["red", "green"]);
    await page.locator(".chip[data-p=official]").click();
    await page.getByRole("button", { name: "Type the handle instead" }).click();
    await page.locator(".c-bottom input").fill("asagi-works.example");
    await page.keyboard.press("Enter");
    await settle(page);
    expect(await page.locator(".holdb").count()).toBe(0);
    await strip(page, "green").locator(".handle").focus();
    await page.keyboard.press("Alt+ArrowLeft");
    await settle(page);
    expect(await page.locator(".holdb").count()).toBe(1);
    await page.context().close();
  });
});

describe("a picture that is taken out", () => {
  it.each([
    ["en", "Picture 2 is out."],
    ["ja", "2 枚目の画像を外しました。"],
  ] as const)("can be put back where it was, %s", async (language, said) => {
    const page = await withPictures("one", ["red", "green", "blue"], { language });
    await strip(page, "green").locator(".remove").click();
    await settle(page);
    expect(await kept(page)).toEqual(["red blue"]);
    expect(await undo(page).innerText()).toContain(said);
    await page.keyboard.press("Control+z");
    await settle(page);
    expect(await kept(page)).toEqual(["red green blue"]);
    await strip(page, "red").locator(".remove").focus();
    for (let n = 0; n < 3; n += 1) await page.keyboard.press("Delete");
    await settle(page);
    expect(await page.locator(".strip").count()).toBe(0);
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("TEXTAREA");
    await page.context().close();
  });

  it("is not put into another post", async () => {
    const page = await withPictures("one", ["red", "green"]);
    await strip(page, "green").locator(".remove").click();
    await settle(page);
    await page.keyboard.press("Control+s");
    await settle(page);
    expect([await undo(page).count(), await page.locator(".strip").count()]).toEqual([0, 0]);
    await page.context().close();
  });
});

describe("a picture that comes", () => {
  it("joins the part that is written on", async () => {
    const page = await withPictures("one\n---\ntwo\n---\n", ["red"]);
    for (const [caret, key] of [
      [9, "Control+i"],
      [16, "Control+i"],
    ] as const) {
      await area(page).evaluate((field: HTMLTextAreaElement, at) => field.setSelectionRange(at, at), caret);
      await area(page).press(key);
      await settle(page);
    }
    expect(await page.locator(".strip .tag").allInnerTexts()).toEqual([
      expect.stringContaining("Part 1"),
      expect.stringContaining("Part 2"),
      expect.stringContaining("Part 3"),
    ]);
    await page.context().close();
  });
});

describe("what a picture shows", () => {
  it.each([
    ["en", "No description yet", "1 too many"],
    ["ja", "説明はまだありません", "1 字ぶん長い"],
  ] as const)(
    "has lines, is missed where it is missing, and says when it is too long, %s",
    async (language, none, over) => {
      const page = await stage.page({ language });
      await settle(page);
      await page.keyboard.press("Control+i");
      await settle(page);
      const pen = page.locator(".describe");
      const id = await pen.getAttribute("aria-describedby");
      expect(await page.locator(`#${id}`).innerText()).toBe(none);
      await pen.click();
      const field = page.locator(".strip textarea");
      expect(await page.locator(".alt-says").innerText()).toContain(none);
      await page.keyboard.type("a shrine");
      await page.keyboard.press("Enter");
      await page.keyboard.type("its steps");
      expect(await field.inputValue()).toBe("a shrine\nits steps");
      expect(await page.locator(".alt-says").innerText()).toBe("18/1500");
      await field.fill("a".repeat(1501));
      await settle(page);
      await settle(page);
      expect(await page.locator(".alt-says").innerText()).toContain(over);
      expect(await page.locator(".alt-says").innerText()).toContain("1501/1500");
      expect(await field.getAttribute("aria-invalid")).toBe("true");
      await page.keyboard.press("Escape");
      expect(await page.evaluate(() => document.activeElement?.classList.contains("describe"))).toBe(true);
      expect(await page.evaluate(() => globalThis.kossoriFake.hidden)).toBe(false);
      await page.context().close();
    },
  );

  it("a finding in a later part leads to the picture that it means", async () => {
    const page = await withPictures("one\n---\ntwo", ["red", "green"]);
    await strip(page, "green").locator(".handle").focus();
    await page.keyboard.press("Alt+ArrowRight");
    await settle(page);
    expect(await kept(page)).toEqual(["red", "green"]);
    await strip(page, "green").locator(".describe").click();
    await page.locator(".strip textarea").fill("");
    await page.keyboard.press("Escape");
    await settle(page);
    const finding = page.locator(".c-find .find", { hasText: "Picture 2 has no description." });
    await finding.getByRole("button").click();
    await page.keyboard.type("moss");
    await settle(page);
    expect(await kept(page)).toEqual(["red", "moss"]);
    await page.context().close();
  });
});
