// When posts may go out, as far as windows and work hours alone can tell (RULES.md 1). The page knows no holidays and
// no calendar: this draws the day line and names the next window, the host alone decides and its answer is what counts.
import type { WindowView } from "../api.next";
import { weekday } from "./weekday";
import { momentIn } from "./zone";

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
  "name" | "days" | "from" | "to" | "zone" | "accounts" | "enabled" | "first_day" | "last_day"
>;

/** Each day's stretch of a period that touches `from..to`. One that crosses midnight belongs to the day it starts on. */
export function occurrences(period: Period, from: Date, to: Date): Span[] {
  if (!period.enabled) return [];
  const start = minutesOf(period.from);
  const end = minutesOf(period.to) <= start ? minutesOf(period.to) + 1440 : minutesOf(period.to);
  const found: Span[] = [];
  // Two days earlier: it may cross midnight, and its zone may be a day behind.
  for (let at = from.getTime() - 2 * DAY_MS; at < to.getTime() + DAY_MS; at += DAY_MS) {
    const day = new Date(at).toISOString().slice(0, 10);
    if (!period.days.includes(DAYS[weekday(day) - 1] ?? "")) continue;
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
}

export const NO_DAYS: Days = { windows: [], hours: [], closed: [], breaks: [] };

export function workSpans(days: Days, from: Date, to: Date): Span[] {
  return days.hours.flatMap((period) => occurrences(period, from, to));
}

/** The open spans of an account (of any, if none is named), earliest first. */
export function openSpans(days: Days, from: Date, to: Date, account?: string): Span[] {
  const work = workSpans(days, from, to);
  const closed = days.closed.map((period) => ({ ...period, window: "" }));
  const counts = (period: Period) => !account || !period.accounts || period.accounts.includes(account);
  const open = days.windows
    .filter(counts)
    .flatMap((window) => occurrences(window, from, to))
    .flatMap((span) => {
      const inside = work.some((hours) => hours.from <= span.from && span.to <= hours.to);
      return inside ? [span] : without(span, work);
    });
  return [...days.breaks, ...open]
    .flatMap((span) => without(span, closed))
    .filter((span) => span.to > from && span.from < to)
    .sort((a, b) => a.from.getTime() - b.from.getTime());
}

/** Too little of a span is left for anything to be claimed in it (RULES.md 3). */
const MARGIN_MS = 45_000;

/** Where a post that is queued now could go first. */
export function nextSpan(days: Days, now: Date, account?: string): Span | null {
  const far = new Date(now.getTime() + 15 * DAY_MS);
  return (
    openSpans(days, now, far, account).find((span) => span.to.getTime() - MARGIN_MS > now.getTime()) ?? null
  );
}
