import { expect, it } from "vitest";
import english from "../../messages/en.json";
import japanese from "../../messages/ja.json";
import { fresh } from "../../src/main/windows/periods";
import { says, thisWeek } from "../../src/main/windows/says";
import { NO_DAYS } from "../../src/time/spans";
import { speak } from "../../src/words/words";

const NOW = new Date(2026, 10, 25, 10, 42);
const at = (day: number, hour: number) => new Date(2026, 10, day, hour);

it("a form is said in words, and not while it means nothing", () => {
  const night = { ...fresh("window"), from: "22:00", to: "1:30", last_day: "2026-12-31" };
  speak("en", english);
  expect(says("window", night, ["haruka"]).join(" ")).toBe(
    "Goes out 22:00–01:30, Mon–Fri. It ends the next day. Not on public holidays. Only for haruka. Until 31 December 2026.",
  );
  expect(says("window", { ...night, from: "noon" }, [])).toEqual([]);
  expect(says("window", { ...night, days: [] }, [])).toEqual([]);
  expect(says("window", { ...night, to: "22:00" }, [])).toEqual([]);
  speak("ja", japanese);
  expect(says("window", fresh("window"), []).join("")).toBe(
    "月〜金、12:00〜13:00 に出します。祝日は使いません。",
  );
});

it("a stretch cut in two counts once, and past midnight for the day before", () => {
  speak("en", english);
  const night = { ...fresh("window"), from: "22:00", to: "02:00" };
  const span = (from: Date, to: Date, window = "night") => ({ from, to, window, accounts: null });
  const open = [
    span(at(23, 0), at(23, 2)),
    span(at(24, 22), at(24, 23)),
    span(at(25, 0), at(25, 2)),
    span(at(25, 12), at(25, 13), "lunch"),
    span(at(26, 22), at(27, 2)),
  ];
  const days = { ...NO_DAYS, open };
  expect(thisWeek("night", night, days, [], NOW)).toBe("2 times this week, nothing planned.");
  expect(thisWeek("lunch", fresh("window"), days, [], NOW)).toBe("Once this week, nothing planned.");
  expect(thisWeek("tea", fresh("window"), days, [], NOW)).toBe("Not this week.");
});
