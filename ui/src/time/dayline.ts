// The day line: today from 8 to 24. Hatched = never, moss = quiet, tick = now, dot = this post.
import { addDays } from "./moment";
import { type Days, openSpans, type Span, workSpans } from "./spans";

export interface Stretch {
  kind: "work" | "quiet";
  left: number;
  width: number;
}

export interface DayLine {
  stretches: Stretch[];
  /** Percent from the left; null: not on this line. */
  now: number | null;
  dot: number | null;
}

/** The line begins at 8, or earlier for who writes earlier. */
export function dayLine(days: Days, now: Date, dot: Date | null, account?: string): DayLine {
  const hour = Math.min(8, now.getHours());
  const from = new Date(now.getFullYear(), now.getMonth(), now.getDate(), hour);
  const to = addDays(now, 1);
  const length = to.getTime() - from.getTime();
  const percent = (at: Date) => ((at.getTime() - from.getTime()) / length) * 100;
  const within = (at: Date | null) => (at && at >= from && at <= to ? percent(at) : null);
  const stretch = (kind: Stretch["kind"]) => (span: Span) => {
    const left = Math.max(0, percent(span.from));
    return { kind, left, width: Math.min(100, percent(span.to)) - left };
  };
  return {
    stretches: [
      ...workSpans(days, from, to).map(stretch("work")),
      ...openSpans(days, from, to, account).map(stretch("quiet")),
    ],
    now: within(now),
    dot: within(dot),
  };
}
