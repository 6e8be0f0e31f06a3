import { beforeAll, describe, expect, it } from "vitest";
import type { AccountCheck } from "../../src/api.next";
import { costLine, dollars } from "../../src/compose/cost";
import { isNumbered } from "../../src/main/queue/edits.svelte";
import { loadTexts, speak } from "../../src/words/words";
import { account } from "../fake/world";

beforeAll(async () => speak("en", await loadTexts("en")));

const blue = account("b", "bluesky", "haruka.dev");
const one = account("x", "x", "haruka");
const two = account("y", "x", "works", "official");

const check = (cost_usd: number | null): AccountCheck => ({
  length: 1,
  limit: 280,
  bells: "unknown",
  cost_usd,
  parts: 1,
  alt_max: 0,
  pieces: [],
});

describe("what it costs", () => {
  it("is said as money, exactly", () => {
    const shown = [0, 5, 0.2, 0.015, 0.000001, 12.5, 0.1 + 0.2].map(dollars);
    expect(shown).toEqual(["$0.00", "$5.00", "$0.20", "$0.015", "$0.000001", "$12.50", "$0.30"]);
  });

  it("is said of who is chosen and pays, and of nobody else", () => {
    const all = [blue, one, two];
    const checks = { b: check(null), x: check(0.2), y: check(0.015) };
    expect(costLine(all, ["b", "x"], checks)).toBe("Costs $0.20 on X");
    expect(costLine(all, ["x", "y"], checks)).toBe("Costs @haruka $0.20 and @works $0.015 on X");
    expect(costLine(all, ["b"], checks)).toBeNull();
    expect(costLine(all, ["x"], {})).toBeNull();
    expect(costLine(all, ["x"], { x: check(0) })).toBe("Costs $0.00 on X");
  });
});

describe("a numbered thread", () => {
  it("is known by a number behind each of its parts", () => {
    expect(isNumbered("a 1/2\n---\nb 2/2")).toBe(true);
    expect(isNumbered("1/2\n---\nb 2/2\n")).toBe(true);
    for (const text of ["a 1/1", "a 1/2\n---\nb", "a 1/3\n---\nb 2/3", "a 2/2\n---\nb 1/2", "a\n---\nb"])
      expect(isNumbered(text)).toBe(false);
  });
});
