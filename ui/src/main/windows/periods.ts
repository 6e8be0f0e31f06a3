// Quiet windows and work hours as forms read and write them.
import type { PeriodInput, WindowView } from "../../api.next";
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
}

export function fresh(kind: "window" | "hours"): Edited {
  const days = DAYS.slice(0, 5);
  const common = { title: "", days: [...days], accounts: [] };
  if (kind === "hours") return { ...common, from: "09:00", to: "18:00", holidays: "skip" };
  return { ...common, from: "12:00", to: "13:00", holidays: "skip" };
}

export function edited(view: WindowView): Edited {
  const { title, days, from, to, holidays, accounts } = view;
  return { title, days: [...days], from, to, holidays, accounts: accounts ?? [] };
}

/** `9:5` and `９：０５` are read as a person means them; what is no time stays for the host to refuse. */
export function time(text: string): string {
  const found = /^(\d{1,2})[:](\d{1,2})$/.exec(text.normalize("NFKC").trim());
  return found ? `${found[1]?.padStart(2, "0")}:${found[2]?.padStart(2, "0")}` : text.trim();
}

export function period(one: Edited, old: WindowView | null = null): PeriodInput {
  return {
    days: DAYS.filter((day) => one.days.includes(day)).join(","),
    from: time(one.from),
    to: time(one.to),
    zone: old?.zone ?? null,
    accounts: one.accounts,
    holidays: one.holidays,
    first_day: old?.first_day ?? null,
    last_day: old?.last_day ?? null,
  };
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
