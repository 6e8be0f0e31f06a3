// When it goes out: the next break, a window, an exact time. What the button says is what will be asked for.
import type { AccountView, WhenInput, WindowView } from "../api.next";
import { clockOf, dayOf, momentOf } from "../time/moment";
import { type Days, nextSpan, openSpans, type Span } from "../time/spans";
import { windowTitle } from "../words/say";
import { t } from "../words/words";

export type When =
  | { kind: "next" }
  | { kind: "window"; name: string }
  /** Whatever window is open on that day, or on a later one. */
  | { kind: "day"; day: string }
  | { kind: "at"; day: string; time: string };

export function input(when: When): WhenInput {
  if (when.kind === "next") return "next";
  if (when.kind === "window") return { window: when.name };
  if (when.kind === "day") return { from_day: { day: when.day, window: null } };
  return { at: `${when.day} ${when.time}` };
}

export interface Aim {
  /** Where it may go first. */
  span: Span | null;
  /** The moment of an exact time. */
  at: Date | null;
  /** Why the host has no time for it, if it said so. */
  reason?: string | null;
}

export function aim(when: When, days: Days, now: Date, accounts: readonly string[]): Aim {
  if (when.kind === "at") {
    const at = new Date(`${when.day}T${when.time}:00`);
    return { span: null, at: Number.isNaN(at.getTime()) ? null : at };
  }
  const spans = (accounts.length > 0 ? accounts : [undefined])
    .map((account) => spanOf(when, days, now, account))
    .filter((span) => span !== null)
    .sort((a, b) => a.from.getTime() - b.from.getTime());
  return { span: spans[0] ?? null, at: null };
}

function spanOf(when: When, days: Days, now: Date, account: string | undefined): Span | null {
  if (when.kind === "next") return nextSpan(days, now, account);
  if (when.kind === "day") {
    const begins = new Date(`${when.day}T00:00:00`);
    return openSpans(days, begins > now ? begins : now, days.to, account)[0] ?? null;
  }
  const { name } = when as { name: string };
  return openSpans(days, now, days.to, account).find((span) => span.window === name) ?? null;
}

/** 「今日 12:00 から」: never before that; the minute itself is drawn by the host when the post is queued. */
export function opening(span: Span, now: Date): string {
  if (span.from <= now) return t("ui.when.until", { time: clockOf(span.to) });
  const day = momentOf(dayOf(span.from), "", now).trim();
  return t("ui.when.from", { day, time: clockOf(span.from) });
}

export function titleOf(windows: readonly WindowView[], name: string): string {
  return windowTitle(name, windows.find((window) => window.name === name)?.title ?? "");
}

/** An exact time at which no window is open for one of the accounts; if none is named, for anybody. */
export function outside(at: Date, days: Days, accounts: readonly string[] = []): boolean {
  const to = new Date(at.getTime() + 60_000);
  const open = (account?: string) =>
    openSpans(days, at, to, account).some((span) => span.from <= at && at < span.to);
  return accounts.length > 0 ? !accounts.every(open) : !open();
}

export const canPost = (accounts: readonly AccountView[], chosen: readonly string[]) =>
  accounts.some((account) => chosen.includes(account.id));
