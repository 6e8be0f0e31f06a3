// Times as people read them: answers carry RFC 3339 in the zone of the person already.
import { type Key, language, t } from "../words/words";
import { weekday } from "./weekday";

const SHAPE = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}:\d{2}):\d{2}/;

export function isMoment(text: string): boolean {
  return SHAPE.test(text) && /(Z|[+-]\d{2}:?\d{2})$/.test(text);
}

const two = (n: number) => String(n).padStart(2, "0");

/** `2026-11-25`, the person's own day. */
export function dayOf(date: Date): string {
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

export function clockOf(date: Date): string {
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

export function addDays(date: Date, days: number): Date {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + days);
}

/** `12:07` of an answer's time. */
export function clock(text: string): string {
  return SHAPE.exec(text)?.[4] ?? text;
}

/** `2026-11-25` of an answer's time. */
export function day(text: string): string {
  return text.slice(0, 10);
}

/** `Wed 25 November` or `11月25日（水）`. */
export function dayName(day: string): string {
  return t("date.at", dateArgs(day, "")).trim();
}

/** `23–29 November` or `11月23日〜29日`. */
export function dayRange(from: Date, to: Date): string {
  const day = (at: Date, month: boolean) =>
    new Intl.DateTimeFormat(language() === "ja" ? "ja" : "en-GB", {
      day: "numeric",
      ...(month && { month: "long" }),
    }).format(at);
  const same = from.getMonth() === to.getMonth();
  if (language() === "ja") return `${day(from, true)}〜${day(to, !same)}`;
  return same ? `${day(from, false)}–${day(to, true)}` : `${day(from, true)} – ${day(to, true)}`;
}

/** `today 12:07`, `tomorrow 12:07`, else with the date, and with the year if it is another one. */
export function moment(text: string, now: Date): string {
  const parts = SHAPE.exec(text);
  if (!parts) return text;
  return momentOf(day(text), parts[4] ?? "", now);
}

export function momentOf(day: string, time: string, now: Date): string {
  if (day === dayOf(now)) return t("date.today", { time });
  if (day === dayOf(addDays(now, 1))) return t("ui.date.tomorrow", { time });
  if (day === dayOf(addDays(now, -1))) return t("ui.date.yesterday", { time });
  const other = !day.startsWith(`${now.getFullYear()}-`);
  return t(other ? "date.at_year" : "date.at", dateArgs(day, time));
}

function dateArgs(day: string, time: string) {
  return {
    year: day.slice(0, 4),
    month: t(`date.month.${day.slice(5, 7)}` as Key),
    day: String(Number(day.slice(8, 10))),
    weekday: t(`date.weekday.${weekday(day)}` as Key),
    time,
  };
}
