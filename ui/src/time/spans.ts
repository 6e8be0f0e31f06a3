// When posts may go out: stretches of the host's own calendar, read for some weeks at a time. The page knows no rules.
import type { Spans } from "../api.next";
import { addDays } from "./moment";

export interface Span {
  from: Date;
  to: Date;
  /** The window's name, `break` for a break now; empty for work hours. */
  window: string;
  /** null: of all. */
  accounts: string[] | null;
}

/** What is known, and between which moments. */
export interface Days {
  from: Date;
  to: Date;
  open: Span[];
  work: Span[];
}

const NEVER = new Date(0);
export const NO_DAYS: Days = { from: NEVER, to: NEVER, open: [], work: [] };

/** The host tells no more at a time. */
const MOST_DAYS = 39;

export function mondayOf(at: Date): Date {
  return addDays(at, -((at.getDay() + 6) % 7));
}

/** From this week's Monday on, as far as the host tells: more than the four weeks that may be chosen from. */
export function usualRange(now: Date): [Date, Date] {
  const monday = mondayOf(now);
  return [monday, addDays(monday, MOST_DAYS)];
}

export function daysOf(from: Date, to: Date, told: Spans): Days {
  const span = (one: { from: string; to: string; window?: string; accounts: string[] | null }): Span => ({
    from: new Date(one.from),
    to: new Date(one.to),
    window: one.window ?? "",
    accounts: one.accounts,
  });
  return { from, to, open: told.open.map(span), work: told.work.map(span) };
}

const between = (spans: readonly Span[], from: Date, to: Date) =>
  spans.filter((span) => span.to > from && span.from < to);

export function workSpans(days: Days, from: Date, to: Date): Span[] {
  return between(days.work, from, to);
}

/** The open spans of an account (of any, if none is named), earliest first. */
export function openSpans(days: Days, from: Date, to: Date, account?: string): Span[] {
  return between(days.open, from, to).filter(
    (span) => !account || !span.accounts || span.accounts.includes(account),
  );
}

/** Too little of a span is left for anything to be claimed in it (RULES.md 3). */
const MARGIN_MS = 45_000;

/** Where a post that is queued now could go first. */
export function nextSpan(days: Days, now: Date, account?: string): Span | null {
  const enough = (span: Span) => span.to.getTime() - MARGIN_MS > now.getTime();
  return openSpans(days, now, days.to, account).find(enough) ?? null;
}
