// Days of the queue, and who stands before whom.
import type { DeliveryView, WhenInput } from "../../api.next";
import { day, dayOf } from "../../time/moment";

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

/** Deliveries of one post that say the same: one text, a row for each account. */
export interface PostGroup {
  /** Of the first of them, which the others join. */
  id: string;
  deliveries: DeliveryView[];
}

/** In the order of what goes first of each. */
export function byPost(deliveries: readonly DeliveryView[]): PostGroup[] {
  const groups = new Map<string, PostGroup>();
  for (const delivery of deliveries) {
    // A network that gets words of its own is not under those of the others.
    const same = JSON.stringify([delivery.post, delivery.text, delivery.repost]);
    const known = groups.get(same);
    if (known) known.deliveries.push(delivery);
    else groups.set(same, { id: delivery.id, deliveries: [delivery] });
  }
  return [...groups.values()];
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

/** An exact time or a day that cannot be asked for again. */
export function isPast(when: WhenInput, now: Date): boolean {
  if (typeof when === "string") return false;
  if ("at" in when) return new Date(when.at) <= now;
  return "from_day" in when && when.from_day.day < dayOf(now);
}

/** Whether it can be queued again as it was: what has begun, or whose time is past, cannot. */
export function goesBack(delivery: DeliveryView, now: Date): boolean {
  const { state, frozen, parts_sent, expires_at, when } = delivery;
  const waits = state === "queued" || state === "held";
  const over = expires_at !== null && new Date(expires_at) <= now;
  return waits && !frozen && parts_sent === 0 && !over && !isPast(when, now);
}
