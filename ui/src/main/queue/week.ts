// The week as a picture: where the quiet and the working hours lie, and each delivery in its place.
import type { DeliveryView } from "../../api.next";
import { addDays, day, dayOf } from "../../time/moment";
import { type Days, openSpans, type Span, workSpans } from "../../time/spans";
import { hasTime } from "./order";

/** The hours that a picture shows. */
export interface Range {
  from: number;
  to: number;
}

const USUAL: Range = { from: 8, to: 23 };
const HOUR_MS = 3_600_000;

/** The usual ones, and what lies before or after them that week: nothing is set and not seen. */
export function rangeOf(days: Days, monday: Date): Range {
  const range = { ...USUAL };
  for (let n = 0; n < 7; n += 1) {
    const [midnight, next] = [addDays(monday, n), addDays(monday, n + 1)];
    for (const span of [...openSpans(days, midnight, next), ...workSpans(days, midnight, next)]) {
      const hour = (at: Date) => (at.getTime() - midnight.getTime()) / HOUR_MS;
      range.from = Math.min(range.from, Math.max(0, 2 * Math.floor(hour(span.from) / 2)));
      range.to = Math.max(range.to, Math.min(24, Math.ceil(hour(span.to))));
    }
  }
  return range;
}

export interface Block {
  kind: "work" | "quiet";
  window: string;
  top: number;
  height: number;
}

/** One delivery, or what would not fit below it in its window. */
export interface Pill {
  deliveries: DeliveryView[];
  top: number;
}

export interface WeekDay {
  day: string;
  blocks: Block[];
  pills: Pill[];
  now: number | null;
  past: boolean;
}

/** Minutes since midnight as percent from the top, kept inside the picture. */
export function percent(minutes: number, range: Range): number {
  const part = (minutes - range.from * 60) / ((range.to - range.from) * 60);
  return Math.min(100, Math.max(0, part * 100));
}

/** A pill's height in percent of the picture, so that two never lie on each other. */
export const PILL = 3.9;

export function weekOf(
  days: Days,
  monday: Date,
  now: Date,
  deliveries: readonly DeliveryView[],
  range: Range = USUAL,
): WeekDay[] {
  const place = (at: Date, midnight: Date) => percent((at.getTime() - midnight.getTime()) / 60_000, range);
  return Array.from({ length: 7 }, (_, n) => {
    const midnight = addDays(monday, n);
    const [from, to] = [midnight, addDays(midnight, 1)];
    const key = dayOf(midnight);
    const block = (kind: Block["kind"]) => (span: Span) => {
      const top = place(span.from, midnight);
      return { kind, window: span.window, top, height: place(span.to, midnight) - top };
    };
    const blocks = [
      ...workSpans(days, from, to).map(block("work")),
      ...openSpans(days, from, to).map(block("quiet")),
    ];
    const own = deliveries
      .filter(
        (delivery) =>
          (hasTime(delivery) || delivery.state === "needs_you") && day(delivery.planned_at ?? "") === key,
      )
      .sort((a, b) => Date.parse(a.planned_at ?? "") - Date.parse(b.planned_at ?? ""));
    const pills = pillsOf(own, blocks, (at) => place(at, midnight));
    const today = key === dayOf(now);
    return {
      day: key,
      blocks: blocks.filter(({ height }) => height > 0),
      pills,
      now: today ? place(now, midnight) : null,
      past: to <= now,
    };
  });
}

/** A pill is always drawn inside its window; where too many would stand, the last ones share one. */
function pillsOf(own: DeliveryView[], blocks: Block[], place: (at: Date) => number): Pill[] {
  const rooms = new Map<Block | null, { delivery: DeliveryView; at: number }[]>();
  for (const delivery of own) {
    const at = place(new Date(delivery.planned_at ?? ""));
    const room = blocks.find((b) => b.kind === "quiet" && b.top <= at && at <= b.top + b.height) ?? null;
    const known = rooms.get(room);
    if (known) known.push({ delivery, at });
    else rooms.set(room, [{ delivery, at }]);
  }
  return [...rooms].flatMap(([room, all]) => {
    const floor = room ? room.top + room.height : 100;
    const pills: Pill[] = [];
    for (const { delivery, at } of all) {
      const last = pills.at(-1);
      const top = Math.max(room?.top ?? 0, Math.min(at, floor - PILL), last ? last.top + PILL : 0);
      if (last && top + PILL > floor) last.deliveries.push(delivery);
      else pills.push({ deliveries: [delivery], top });
    }
    return pills;
  });
}
