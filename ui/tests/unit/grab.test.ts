import { describe, expect, it } from "vitest";
import { rangeOf } from "../../src/main/queue/week";
import { dragged, moved, type Part, shapeOf, stepped, timesOf } from "../../src/main/windows/grab";
import { NO_DAYS } from "../../src/time/spans";

const said = (
  from: string,
  to: string,
  change: (shape: NonNullable<ReturnType<typeof shapeOf>>) => unknown,
) => {
  const shape = shapeOf({ from, to });
  if (!shape) throw new Error(`${from}–${to}`);
  const { from: start, to: end } = timesOf(change(shape) as typeof shape);
  return `${start}–${end}`;
};

describe("a window by keys", () => {
  it.each<[string, string, Part, number, boolean, string]>([
    ["12:00", "13:00", "all", 15, true, "12:15–13:15"],
    ["12:00", "13:00", "all", 5, false, "11:55–12:55"],
    ["12:07", "13:00", "all", 15, true, "12:15–13:08"],
    ["12:07", "13:00", "all", 15, false, "12:00–12:53"],
    ["12:00", "13:00", "end", 15, true, "12:00–13:15"],
    ["12:00", "13:00", "start", 15, true, "12:15–13:00"],
    ["12:00", "12:05", "end", 15, false, "12:00–12:05"],
    ["12:00", "12:05", "start", 5, true, "12:00–12:05"],
    ["23:00", "24:00", "all", 15, true, "23:00–24:00"],
    ["23:00", "24:00", "end", 15, true, "23:00–24:00"],
    ["00:00", "01:00", "all", 15, false, "00:00–01:00"],
    ["00:10", "01:00", "start", 15, false, "00:00–01:00"],
    ["22:00", "02:00", "all", 15, true, "22:15–02:15"],
    ["22:00", "02:00", "end", 15, true, "22:00–02:15"],
    ["22:00", "02:00", "end", 15, false, "22:00–01:45"],
    ["22:00", "02:00", "start", 15, false, "21:45–02:00"],
    ["23:55", "02:00", "all", 15, true, "23:59–02:04"],
  ])("%s–%s, its %s by %i, later: %s", (from, to, part, step, later, wanted) => {
    expect(said(from, to, (shape) => stepped(shape, part, step, later))).toBe(wanted);
  });
});

it("what is dragged comes to a multiple of five minutes and stays in its day", () => {
  expect(said("12:03", "13:00", (shape) => dragged(shape, "all", 11))).toBe("12:15–13:12");
  expect(said("12:00", "13:00", (shape) => dragged(shape, "end", 2000))).toBe("12:00–24:00");
  expect(said("12:00", "13:00", (shape) => dragged(shape, "start", -2000))).toBe("00:00–13:00");
  expect(said("12:00", "13:00", (shape) => dragged(shape, "end", -2000))).toBe("12:00–12:05");
});

it("moving and moving back is as it was, wherever there is room", () => {
  for (let start = 60; start < 1380; start += 7)
    for (let length = 5; start + length < 1380; length += 61)
      for (const part of ["all", "start", "end"] as const)
        expect(moved(moved({ start, length }, part, -3), part, 3)).toEqual(
          part === "end" && length < 8 ? { start, length: 8 } : { start, length },
        );
});

it("what cannot be read has no shape", () => {
  expect(shapeOf({ from: "noon", to: "13:00" })).toBeNull();
  expect(shapeOf({ from: "12:00", to: "12:00" })).toBeNull();
  expect(shapeOf({ from: "12:60", to: "13:00" })).toBeNull();
  expect(shapeOf({ from: "24:00", to: "13:00" })).toBeNull();
  expect(shapeOf({ from: "9:5", to: "１２：００" })).toEqual({ start: 545, length: 175 });
});

it("the picture shows what lies before eight and after eleven", () => {
  const monday = new Date(2026, 10, 23);
  const span = (from: Date, to: Date) => ({ from, to, window: "w", accounts: null });
  const days = (open: ReturnType<typeof span>[]) => ({ ...NO_DAYS, open });
  expect(rangeOf(days([]), monday)).toEqual({ from: 8, to: 23 });
  const early = span(new Date(2026, 10, 25, 7, 30), new Date(2026, 10, 25, 8));
  expect(rangeOf(days([early]), monday)).toEqual({ from: 6, to: 23 });
  const night = span(new Date(2026, 10, 25, 22), new Date(2026, 10, 26, 1));
  expect(rangeOf(days([night]), monday)).toEqual({ from: 0, to: 24 });
});
