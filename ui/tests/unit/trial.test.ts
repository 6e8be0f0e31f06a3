import { describe, expect, it } from "vitest";
import { meant } from "../../src/compose/trial";
import type { Aim } from "../../src/compose/when";
import type { Days } from "../../src/time/spans";

const at = (time: string) => new Date(`2026-11-25T${time}:00+09:00`);
const lunch = { from: at("12:00"), to: at("13:00"), window: "lunch", accounts: null };
const evening = { from: at("18:30"), to: at("22:00"), window: "evening", accounts: null };
const days: Days = { from: at("00:00"), to: at("23:59"), open: [lunch, evening], work: [] };
const opens: Aim = { span: lunch, at: null };
const trial = (time: string | null, reason: string | null = null) => ({
  not_before: time === null ? null : at(time).toISOString(),
  window: null,
  reason,
});

describe("the time that the button names", () => {
  it("lies behind what waits already, in the window where there is room", () => {
    const found = meant(opens, { me: trial("12:22") }, ["me"], days);
    expect([found.span?.window, found.span?.from]).toEqual(["lunch", at("12:22")]);
    expect(found.span?.to).toEqual(at("13:00"));
    expect(meant(opens, { me: trial("18:30") }, ["me"], days).span?.window).toBe("evening");
  });

  it("is the earliest of those that are chosen", () => {
    const times = { me: trial("18:30"), office: trial("12:10"), other: trial("12:00") };
    expect(meant(opens, times, ["me", "office"], days).span?.from).toEqual(at("12:10"));
    expect(
      meant(opens, { me: trial("18:30"), office: trial(null, "hold") }, ["me", "office"], days).span?.from,
    ).toEqual(at("18:30"));
  });

  it("is none where none is given, and the reason is known", () => {
    expect(meant(opens, { me: trial(null, "paused") }, ["me"], days)).toEqual({
      span: null,
      at: null,
      reason: "paused",
    });
  });

  it("is the calendar's where the host has not said", () => {
    expect(meant(opens, {}, ["me"], days)).toBe(opens);
    expect(meant(opens, { me: trial("12:22") }, ["me", "new"], days)).toBe(opens);
    expect(meant(opens, { me: trial("12:22") }, [], days)).toBe(opens);
    const exact: Aim = { span: null, at: at("15:00") };
    expect(meant(exact, { me: trial("18:30") }, ["me"], days)).toBe(exact);
  });
});
