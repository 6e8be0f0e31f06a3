// The practice world's calendar, in small: windows, work hours, closed periods, breaks, a pause, and the holidays it is given.
import type { WindowView } from "../../src/api.next";
import { weekday } from "../../src/time/weekday";

export interface Span {
  from: Date;
  to: Date;
  /** The window's name; empty for work hours. */
  window: string;
}

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const DAY_MS = 86_400_000;

export function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return hours * 60 + minutes;
}

export type Period = Pick<
  WindowView,
  "name" | "days" | "from" | "to" | "zone" | "accounts" | "holidays" | "enabled" | "first_day" | "last_day"
>;

/** Each day's stretch of a period that touches `from..to`. One that crosses midnight belongs to the day it starts on. */
export function occurrences(period: Period, from: Date, to: Date, holidays: readonly string[] = []): Span[] {
  if (!period.enabled) return [];
  const start = minutesOf(period.from);
  const end = minutesOf(period.to) <= start ? minutesOf(period.to) + 1440 : minutesOf(period.to);
  const found: Span[] = [];
  // Two days earlier: it may cross midnight, and its zone may be a day behind.
  for (let at = from.getTime() - 2 * DAY_MS; at < to.getTime() + DAY_MS; at += DAY_MS) {
    const day = new Date(at).toISOString().slice(0, 10);
    const holiday = holidays.includes(day) ? period.holidays : "usual";
    const among = period.days.includes(DAYS[weekday(day) - 1] ?? "");
    if (holiday === "skip" || !(among || holiday === "also")) continue;
    if ((period.first_day && day < period.first_day) || (period.last_day && day > period.last_day)) continue;
    const span = {
      from: momentIn(period.zone, day, start),
      to: momentIn(period.zone, day, end),
      window: period.name,
    };
    if (span.to > from && span.from < to) found.push(span);
  }
  return found;
}

function without(span: Span, shut: Span[]): Span[] {
  let rest = [span];
  for (const wall of shut) {
    rest = rest.flatMap((piece) => {
      if (wall.to <= piece.from || wall.from >= piece.to) return [piece];
      const before = { ...piece, to: wall.from };
      const after = { ...piece, from: wall.to };
      return [before, after].filter((left) => left.from < left.to);
    });
  }
  return rest;
}

export interface Days {
  windows: Period[];
  hours: Period[];
  closed: { from: Date; to: Date }[];
  /** Breaks that this page has heard of. */
  breaks: Span[];
  /** Public ones, as `2026-11-23`. */
  holidays: readonly string[];
}

export function workSpans(days: Days, from: Date, to: Date): Span[] {
  return days.hours.flatMap((period) => occurrences(period, from, to, days.holidays));
}

/** The open spans of an account (of any, if none is named), earliest first. */
export function openSpans(days: Days, from: Date, to: Date, account?: string): Span[] {
  const work = workSpans(days, from, to);
  const closed = days.closed.map((period) => ({ ...period, window: "" }));
  const counts = (period: Period) => !account || !period.accounts || period.accounts.includes(account);
  const open = days.windows
    .filter(counts)
    .flatMap((window) => occurrences(window, from, to, days.holidays))
    .flatMap((span) => {
      const inside = work.some((hours) => hours.from <= span.from && span.to <= hours.to);
      return inside ? [span] : without(span, work);
    });
  return [...days.breaks, ...open]
    .flatMap((span) => without(span, closed))
    .filter((span) => span.to > from && span.from < to)
    .sort((a, b) => a.from.getTime() - b.from.getTime());
}

// Civil times of a named zone as moments. Without a name: the zone of this machine, as the host has it too.

const shapes = new Map<string, Intl.DateTimeFormat>();

function shape(zone: string): Intl.DateTimeFormat {
  const known = shapes.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  shapes.set(zone, made);
  return made;
}

/** How far the zone's clocks are ahead of UTC at that moment, in milliseconds. */
function offset(zone: string, at: number): number {
  const parts = new Map(
    shape(zone)
      .formatToParts(at)
      .map((part) => [part.type, Number(part.value)]),
  );
  const n = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  const civil = Date.UTC(n("year"), n("month") - 1, n("day"), n("hour"), n("minute"), n("second"));
  return civil - Math.floor(at / 1000) * 1000;
}

/** `day` as `2026-11-25`; `minutes` since its midnight, 1440 and more for the next day. */
export function momentIn(zone: string | null, day: string, minutes: number): Date {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  if (zone === null) return new Date(year, month - 1, date, 0, minutes);
  const civil = Date.UTC(year, month - 1, date, 0, minutes);
  const guess = civil - offset(zone, civil);
  return new Date(civil - offset(zone, guess));
}
