import { describe, expect, it } from "vitest";
import { plainMonday } from "../../src/firstrun/days";
import { dayLine } from "../../src/time/dayline";
import { addDays } from "../../src/time/moment";
import { type Days, daysOf, nextSpan, openSpans, usualRange, workSpans } from "../../src/time/spans";
import { told } from "../fake/plan";
import { account, emptyWorld } from "../fake/world";

const at = (text: string) => new Date(text);
const clock = (date: Date) => `${date.getHours()}:${String(date.getMinutes()).padStart(2, "0")}`;
const world = emptyWorld();
const read = (from: Date, to: Date, of = world): Days => daysOf(from, to, told(of, from, to, null));
const usual = read(...usualRange(at("2026-11-25T10:00")));
const open = (days: Days, from: string, to: string, account?: string) =>
  openSpans(days, at(from), at(to), account).map(
    (span) => `${clock(span.from)}–${clock(span.to)} ${span.window}`,
  );

describe("what the host tells", () => {
  it("is asked for from Monday on, for more than four weeks and not more than forty days", () => {
    for (const now of ["2026-11-23T00:00", "2026-11-25T10:00", "2026-11-29T23:59"]) {
      const [from, to] = usualRange(at(now));
      expect(from).toEqual(at("2026-11-23T00:00"));
      expect(to.getTime() - from.getTime()).toBeLessThan(40 * 86_400_000);
      expect(to > addDays(at(now), 28)).toBe(true);
    }
  });

  it("is shown as it is", () => {
    expect(open(usual, "2026-11-25T00:00", "2026-11-26T00:00")).toEqual([
      "12:00–13:00 lunch",
      "18:30–22:30 evening",
    ]);
    expect(workSpans(usual, at("2026-11-25T00:00"), at("2026-11-26T00:00"))).toHaveLength(1);
    expect(open(usual, "2026-11-25T13:00", "2026-11-25T18:30")).toEqual([]);
  });

  it("is of the accounts that it names", () => {
    const two = emptyWorld();
    two.accounts.push(account("a", "practice", "a"), account("b", "practice", "b"));
    two.windows = two.windows.slice(0, 1).map((window) => ({ ...window, accounts: ["a"] }));
    const days = read(at("2026-11-25T00:00"), at("2026-11-26T00:00"), two);
    expect(open(days, "2026-11-25T00:00", "2026-11-26T00:00", "a")).toHaveLength(1);
    expect(open(days, "2026-11-25T00:00", "2026-11-26T00:00", "b")).toEqual([]);
    expect(open(days, "2026-11-25T00:00", "2026-11-26T00:00")).toHaveLength(1);
  });
});

describe("the next one", () => {
  it("is the one that is open, if enough of it is left", () => {
    expect(nextSpan(usual, at("2026-11-25T12:30"))?.window).toBe("lunch");
    expect(nextSpan(usual, at("2026-11-25T12:59:30"))?.window).toBe("evening");
    expect(nextSpan(usual, at("2026-11-27T23:00"))?.window).toBe("weekend");
    expect(nextSpan({ ...usual, open: [] }, at("2026-11-25T12:30"))).toBeNull();
  });
});

describe("an ordinary week", () => {
  it("is the first one without a holiday", () => {
    const monday = at("2026-11-23T00:00");
    const work = usual.work.filter((span) => span.from >= at("2026-11-24T00:00"));
    const sunday = {
      from: at("2026-11-23T09:00"),
      to: at("2026-11-23T22:30"),
      window: "weekend",
      accounts: null,
    };
    expect(plainMonday({ ...usual, open: [sunday, ...usual.open], work })).toEqual(addDays(monday, 7));
    expect(plainMonday({ ...usual, open: [sunday, ...usual.open], work: [] })).toEqual(addDays(monday, 7));
    expect(plainMonday(usual)).toEqual(monday);
    expect(plainMonday({ ...usual, open: [], work: [] })).toEqual(monday);
  });
});

describe("the day line", () => {
  it("runs from 8 to 24, with now and the post in their places", () => {
    const line = dayLine(usual, at("2026-11-25T12:00"), at("2026-11-25T16:00"));
    expect(line.now).toBe(25);
    expect(line.dot).toBe(50);
    const lunch = line.stretches.find(({ kind }) => kind === "quiet");
    expect(lunch).toEqual({ kind: "quiet", left: 25, width: 6.25 });
  });

  it("has no dot for another day, and begins earlier for who is up earlier", () => {
    const line = dayLine(usual, at("2026-11-25T06:00"), at("2026-11-26T12:00"));
    expect(line.dot).toBeNull();
    expect(line.now).toBe(0);
  });
});
