// Quiet windows and work hours as forms read and write them.
import type { PeriodInput, PeriodPatch, Problem, WindowView } from "../../api.next";
import { joined } from "../../compose/bells";
import { type Key, t } from "../../words/words";

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

export interface Edited {
  title: string;
  days: string[];
  from: string;
  to: string;
  holidays: string;
  accounts: string[];
  /** Empty: this computer's. */
  zone: string;
  /** `2026-12-01`; empty: none. */
  first_day: string;
  last_day: string;
}

export function fresh(kind: "window" | "hours"): Edited {
  const days = DAYS.slice(0, 5);
  const common = { title: "", days: [...days], accounts: [], zone: "", first_day: "", last_day: "" };
  if (kind === "hours") return { ...common, from: "09:00", to: "18:00", holidays: "skip" };
  return { ...common, from: "12:00", to: "13:00", holidays: "skip" };
}

export function edited(view: WindowView): Edited {
  const { title, days, from, to, holidays } = view;
  const some = { accounts: view.accounts ?? [], zone: view.zone ?? "" };
  const dates = { first_day: view.first_day ?? "", last_day: view.last_day ?? "" };
  return { title, days: [...days], from, to, holidays, ...some, ...dates };
}

/** `9:5` and `９：０５` are read as a person means them; what is no time stays for the host to refuse. */
export function time(text: string): string {
  const found = /^(\d{1,2})[:](\d{1,2})$/.exec(text.normalize("NFKC").trim());
  return found ? `${found[1]?.padStart(2, "0")}:${found[2]?.padStart(2, "0")}` : text.trim();
}

export function period(one: Edited): PeriodInput {
  return {
    days: DAYS.filter((day) => one.days.includes(day)).join(","),
    from: time(one.from),
    to: time(one.to),
    zone: one.zone || null,
    accounts: one.accounts,
    holidays: one.holidays,
    first_day: one.first_day || null,
    last_day: one.last_day || null,
  };
}

/** All of it, said so that it also takes away what is not there any more. */
export function patch(one: Edited): PeriodPatch {
  const { zone, first_day, last_day, ...rest } = period(one);
  return {
    ...rest,
    title: one.title,
    zone: zone ?? "system",
    first_day: first_day ?? "",
    last_day: last_day ?? "",
  };
}

export type Field = "days" | "time" | "dates" | "zone" | "accounts";

const FIELDS: Readonly<Record<string, Field>> = {
  bad_days: "days",
  window_days: "days",
  bad_time: "time",
  window_empty: "time",
  bad_date: "dates",
  window_dates: "dates",
  unknown_zone: "zone",
  unknown_account: "accounts",
};

/** The field that a refusal speaks of; null: of none. */
export function fieldOf(problem: Problem | null): Field | null {
  return (problem && FIELDS[problem.code]) ?? null;
}

/** A name that only programs see; the title is what people read. */
export function freeName(windows: readonly WindowView[]): string {
  for (let n = windows.length + 1; ; n += 1) {
    if (!windows.some((window) => window.name === `window-${n}`)) return `window-${n}`;
  }
}

export function daysText(days: readonly string[]): string {
  const numbers = DAYS.map((day, index) => (days.includes(day) ? index + 1 : 0)).filter((n) => n > 0);
  const name = (n: number) => t(`date.weekday.${n}` as Key);
  const [first = 0, last = 0] = [numbers[0], numbers.at(-1)];
  if (numbers.length === 7) return t("ui.period.daily");
  const run = numbers.length > 2 && last - first === numbers.length - 1;
  return run ? t("ui.period.days_run", { from: name(first), to: name(last) }) : joined(numbers.map(name));
}
