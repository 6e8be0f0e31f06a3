// Working days to choose from, and the windows that go with them.
import type { Period } from "../time/spans";

export type Choice = "nine_six" | "nine_five" | "own" | "none";

export const CHOICES: readonly Choice[] = ["nine_six", "nine_five", "own", "none"];
export const WORKDAYS = ["mon", "tue", "wed", "thu", "fri"];

export function hoursOf(choice: Choice, own: { days: string[]; from: string; to: string }): Period | null {
  if (choice === "none") return null;
  const common = { name: "work", zone: null, accounts: null, enabled: true, first_day: null, last_day: null };
  if (choice === "own") return { ...common, ...own };
  return { ...common, days: WORKDAYS, from: "09:00", to: choice === "nine_six" ? "18:00" : "17:00" };
}
