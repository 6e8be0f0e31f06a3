// Working days to choose from, and a week that shows what they leave.
import type { PeriodInput } from "../api.next";
import { addDays } from "../time/moment";
import { type Days, openSpans, workSpans } from "../time/spans";

export type Choice = "nine_six" | "nine_five" | "own" | "none";

export const CHOICES: readonly Choice[] = ["nine_six", "nine_five", "own", "none"];
export const WORKDAYS = ["mon", "tue", "wed", "thu", "fri"];

export function hoursOf(
  choice: Choice,
  own: { days: string[]; from: string; to: string },
): PeriodInput | null {
  if (choice === "none") return null;
  const rest = { zone: null, accounts: [], holidays: "skip", first_day: null, last_day: null };
  if (choice === "own") return { ...rest, ...own, days: own.days.join(",") };
  return { ...rest, days: WORKDAYS.join(","), from: "09:00", to: choice === "nine_six" ? "18:00" : "17:00" };
}

/** The first Monday of an ordinary week: a holiday takes work away, and opens what is open on Sundays. */
export function plainMonday(days: Days): Date {
  const holidays = (monday: Date) => {
    const end = addDays(monday, 7);
    return openSpans(days, monday, end).length - workSpans(days, monday, end).length;
  };
  let best = days.from;
  for (let monday = best; addDays(monday, 7) <= days.to; monday = addDays(monday, 7)) {
    if (holidays(monday) < holidays(best)) best = monday;
  }
  return best;
}
