import { describe, expect, it } from "vitest";
import { dayLine } from "../../src/time/dayline";
import { type Days, nextSpan, openSpans, type Period } from "../../src/time/spans";
import { momentIn } from "../../src/time/zone";
import { emptyWorld } from "../fake/world";

const world = emptyWorld();
const usual: Days = { windows: world.windows, hours: world.hours, closed: [], breaks: [] };
const at = (text: string) => new Date(text);
const clock = (date: Date) => `${date.getHours()}:${String(date.getMinutes()).padStart(2, "0")}`;
const open = (days: Days, from: string, to: string, account?: string) =>
  openSpans(days, at(from), at(to), account).map(
    (span) => `${clock(span.from)}–${clock(span.to)} ${span.window}`,
  );
const period = (rest: Partial<Period>): Period => ({ ...(world.windows[0] as Period), ...rest });

describe("what is open", () => {
  it("is lunch within work hours, and the evening", () => {
    expect(open(usual, "2026-11-25T00:00", "2026-11-26T00:00")).toEqual([
      "12:00–13:00 lunch",
      "18:30–22:30 evening",
    ]);
  });

  it("leaves out the working minutes of a window that is not whole within them", () => {
    const days = { ...usual, windows: [period({ name: "late", from: "17:00", to: "20:00" })] };
    expect(open(days, "2026-11-25T00:00", "2026-11-26T00:00")).toEqual(["18:00–20:00 late"]);
  });

  it("crosses midnight from the day it starts on", () => {
    const days = {
      ...usual,
      windows: [period({ name: "night", days: ["fri"], from: "23:00", to: "01:00" })],
    };
    expect(open(days, "2026-11-28T00:00", "2026-11-29T00:00")).toEqual(["23:00–1:00 night"]);
    expect(open(days, "2026-11-29T00:00", "2026-11-29T02:00")).toEqual([]);
  });

  it("is of the accounts that a window names", () => {
    const days = { ...usual, windows: [period({ accounts: ["a"] })] };
    expect(open(days, "2026-11-25T00:00", "2026-11-26T00:00", "a")).toHaveLength(1);
    expect(open(days, "2026-11-25T00:00", "2026-11-26T00:00", "b")).toEqual([]);
  });

  it("is nothing in a closed period, and nothing of a window that is off", () => {
    const closed = [{ from: at("2026-11-25T12:30"), to: at("2026-11-25T19:00") }];
    expect(open({ ...usual, closed }, "2026-11-25T00:00", "2026-11-26T00:00")).toEqual([
      "12:00–12:30 lunch",
      "19:00–22:30 evening",
    ]);
    const off = { ...usual, windows: usual.windows.map((window) => ({ ...window, enabled: false })) };
    expect(open(off, "2026-11-25T00:00", "2026-11-26T00:00")).toEqual([]);
  });

  it("has first and last days", () => {
    const days = { ...usual, windows: [period({ first_day: "2026-11-26", last_day: "2026-11-26" })] };
    expect(openSpans(days, at("2026-11-23T00:00"), at("2026-11-30T00:00"))).toHaveLength(1);
  });
});

describe("the next one", () => {
  it("is the one that is open, if enough of it is left", () => {
    expect(nextSpan(usual, at("2026-11-25T12:30"))?.window).toBe("lunch");
    expect(nextSpan(usual, at("2026-11-25T12:59:30"))?.window).toBe("evening");
    expect(nextSpan(usual, at("2026-11-27T23:00"))?.window).toBe("weekend");
    expect(nextSpan({ ...usual, windows: [] }, at("2026-11-25T12:30"))).toBeNull();
  });
});

describe("a zone of its own", () => {
  it("is read there", () => {
    expect(momentIn("Asia/Tokyo", "2026-11-25", 12 * 60).toISOString()).toBe("2026-11-25T03:00:00.000Z");
    expect(momentIn("America/New_York", "2026-07-01", 9 * 60).toISOString()).toBe("2026-07-01T13:00:00.000Z");
    expect(momentIn("Europe/Berlin", "2026-10-25", 24 * 60).toISOString()).toBe("2026-10-25T23:00:00.000Z");
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
