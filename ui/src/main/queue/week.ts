// The week as a picture: where the quiet and the working hours lie, and each delivery in its place.
import type { DeliveryView } from "../../api.next";
import { addDays, day, dayOf } from "../../time/moment";
import { type Days, openSpans, type Span, workSpans } from "../../time/spans";
import { hasTime } from "./order";

export const FROM_HOUR = 8;
export const TO_HOUR = 23;
const MINUTES = (TO_HOUR - FROM_HOUR) * 60;

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

/** Percent from the top, kept inside the picture. */
export function place(at: Date, midnight: Date): number {
  const minutes = (at.getTime() - midnight.getTime()) / 60_000 - FROM_HOUR * 60;
  return Math.min(100, Math.max(0, (minutes / MINUTES) * 100));
}

/** A pill's height in percent of the picture, so that two never lie on each other. */
const PILL = 3.9;

export function weekOf(days: Days, monday: Date, now: Date, deliveries: readonly DeliveryView[]): WeekDay[] {
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
    const pills = pillsOf(own, blocks, midnight);
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
function pillsOf(own: DeliveryView[], blocks: Block[], midnight: Date): Pill[] {
  const rooms = new Map<Block | null, { delivery: DeliveryView; at: number }[]>();
  for (const delivery of own) {
    const at = place(new Date(delivery.planned_at ?? ""), midnight);
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
