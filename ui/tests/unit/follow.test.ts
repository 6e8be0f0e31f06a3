import { describe, expect, it } from "vitest";
import { Follow } from "../../src/compose/follow";
import type { Attached } from "../../src/compose/pictures";

const pictures = (parts: Record<string, number>): Attached[] =>
  Object.entries(parts).map(([id, part]) => ({ id, part, alt: "", bytes: 1, removed: null }));
const parts = (all: readonly Attached[]) => Object.fromEntries(all.map(({ id, part }) => [id, part]));

/** One text after the other, and where the pictures are by then. */
function through(texts: string[], begin: Record<string, number>): Record<string, number> {
  const follow = new Follow();
  let all = pictures(begin);
  for (const [n, text] of texts.slice(1).entries()) all = follow.typed(texts[n] ?? "", text, all);
  return parts(all);
}

/** As if each key were typed by itself. */
const letters = (from: string, added: string) =>
  Array.from({ length: added.length + 1 }, (_, n) => from + added.slice(0, n));

describe("pictures stay with their words", () => {
  it.each([
    ["a word in a part", ["one\n---\ntwo", "one!\n---\ntwo"], { b: 1 }, { b: 1 }],
    ["a rule before it", ["one\n---\ntwo", "zero\n---\none\n---\ntwo"], { a: 0, b: 1 }, { a: 1, b: 2 }],
    ["a rule in the part before it", ["one more\n---\ntwo", "one\n---\n more\n---\ntwo"], { b: 1 }, { b: 2 }],
    ["the first part is cut out", ["one\n---\ntwo", "two"], { a: 0, b: 1 }, { a: 0, b: 0 }],
    ["the last part is cut out", ["one\n---\ntwo", "one"], { a: 0, b: 1 }, { a: 0, b: 0 }],
    ["one in the middle is cut out", ["1\n---\n2\n---\n3", "1\n---\n3"], { b: 1, c: 2 }, { b: 1, c: 1 }],
    ["the rule between two goes", ["one\n---\ntwo", "one\ntwo"], { a: 0, b: 1 }, { a: 0, b: 0 }],
    ["all is written anew", ["one\n---\ntwo", "x"], { a: 0, b: 1 }, { a: 0, b: 0 }],
    ["the only text goes", ["one", ""], { a: 0 }, { a: 0 }],
    ["a picture alone, before the first word", letters("", "one"), { a: 0 }, { a: 0 }],
    ["a picture alone behind a rule", letters("one\n---\n", "two"), { b: 1 }, { b: 1 }],
    ["a rule and words for a picture alone", letters("one", "\n---\ntwo"), { b: 1 }, { b: 1 }],
    [
      "a part is emptied, and the next one keeps its own",
      ["1\n---\n2\n---\n3", "1\n---\n\n---\n3"],
      { a: 0, b: 1, c: 2 },
      { a: 0, b: 0, c: 1 },
    ],
    [
      "a part that was emptied and is written anew has its own again",
      ["1\n---\n2\n---\n3", "1\n---\n\n---\n3", "1\n---\nx\n---\n3"],
      { a: 0, b: 1, c: 2 },
      { a: 0, b: 1, c: 2 },
    ],
  ])("%s", (_, texts, begin, end) => {
    expect(through(texts, begin as Record<string, number>)).toEqual(end);
  });

  it("no edit of a text makes a part that is pictures alone", () => {
    const words = ["one", "two", "three", "", "---"];
    let seed = 7;
    const draw = (most: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % most;
    };
    for (let run = 0; run < 500; run += 1) {
      const follow = new Follow();
      let text = "one\n---\ntwo\n---\nthree";
      let all = pictures({ a: 0, b: 1, c: 2 });
      for (let n = 0; n < 12; n += 1) {
        const lines = text.split("\n");
        lines.splice(draw(lines.length + 1), draw(3), ...(draw(2) ? [words[draw(words.length)] ?? ""] : []));
        const after = lines.join("\n");
        all = follow.typed(text, after, all);
        text = after;
        const sections = text.split(/^---$/m).map((one) => one.trim() !== "");
        // Behind the last words rules may stand alone, and pictures of what is written next.
        const behind = sections.length - sections.lastIndexOf(true) - 1;
        const room = sections.filter(Boolean).length + behind;
        expect(Math.max(...all.map(({ part }) => part)), JSON.stringify(text)).toBeLessThan(room);
        expect(all.map(({ part }) => part)).toEqual(all.map(({ part }) => part).toSorted());
      }
    }
  });
});
