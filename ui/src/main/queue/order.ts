// Days of the queue, and who stands before whom.
import type { DeliveryView } from "../../api.next";
import { day } from "../../time/moment";
import { type Days, nextSpan } from "../../time/spans";

export interface DayGroup {
  /** `2026-11-25`; null: no time yet. */
  day: string | null;
  deliveries: DeliveryView[];
}

/** What has a time, by day and time; then what waits without one. */
export function byDay(deliveries: readonly DeliveryView[]): DayGroup[] {
  const timed = deliveries.filter((delivery) => hasTime(delivery));
  timed.sort((a, b) => Date.parse(a.planned_at ?? "") - Date.parse(b.planned_at ?? ""));
  const groups = new Map<string, DeliveryView[]>();
  for (const delivery of timed) {
    const key = day(delivery.planned_at ?? "");
    const known = groups.get(key);
    if (known) known.push(delivery);
    else groups.set(key, [delivery]);
  }
  const rest = deliveries.filter((delivery) => !hasTime(delivery));
  const all: DayGroup[] = [...groups].map(([key, its]) => ({ day: key, deliveries: its }));
  return rest.length > 0 ? [...all, { day: null, deliveries: rest }] : all;
}

const ASIDE = ["held", "rejected", "missed", "needs_you"];

export const hasTime = (delivery: DeliveryView) =>
  delivery.planned_at !== null && !ASIDE.includes(delivery.state);

/** The one of the same account that stands before (-1) or after (1) it. */
export function neighbour(
  all: readonly DeliveryView[],
  delivery: DeliveryView,
  step: -1 | 1,
): DeliveryView | undefined {
  const own = delivery.position;
  if (own === null) return undefined;
  const side = all
    .filter((other) => other.account === delivery.account && other.position !== null)
    .filter((other) => ((other.position ?? 0) - own) * step > 0);
  side.sort((a, b) => ((a.position ?? 0) - (b.position ?? 0)) * step);
  return side[0];
}

/**
 * Whether queueing it again for the next break is the same as it was. What it was queued for is not told: only what stands
 * in the very next window is known to be the same there.
 */
export function goesBack(delivery: DeliveryView, days: Days, now: Date): boolean {
  const { state, frozen, parts_sent, expires_at, position, window, planned_at } = delivery;
  if (state !== "queued" || frozen || parts_sent > 0 || expires_at !== null || position === null)
    return false;
  const next = nextSpan(days, now, delivery.account);
  const at = new Date(planned_at ?? "");
  return next !== null && next.window === window && next.from <= at && at < next.to;
}
