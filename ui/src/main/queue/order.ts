// Days of the queue, and who stands before whom.
import type { DeliveryView } from "../../api.next";
import { day } from "../../time/moment";

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
