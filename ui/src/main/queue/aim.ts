// Where a delivery of the week's picture can be moved to: into what the host has told as open for its account, and
// nowhere else. It is asked for as an exact time, since the picture promises a minute: of a window from a day on
// (`from_day`) the host would draw it. What the host makes of it is what is shown.
import type { DeliveryView, WhenInput } from "../../api.next";
import { addDays } from "../../time/moment";
import { type Days, openSpans, type Span } from "../../time/spans";

/** The pointer sets times by so much. */
const STEP_MS = 5 * 60_000;
/** With less of an opening left nothing is begun in it (RULES 3: 45 seconds a part). The host knows it to the second. */
const LEAST_MS = 60_000;
const A_PART_MS = 45_000;
const needs = ({ parts }: DeliveryView) => Math.max(LEAST_MS, A_PART_MS * parts);

export type Refused = "outside" | "past" | "accounts" | "room" | "expires" | "none";

export interface Target {
  opening: Span;
  /** How much later all of them go: their distance stays. */
  shift: number;
  /** In their order. */
  times: Date[];
}

export type Aimed = Target | { refused: Refused; delivery?: DeliveryView };

export interface Move {
  delivery: DeliveryView;
  at: Date;
  expires: string | null;
}

const planned = (delivery: DeliveryView) => Date.parse(delivery.planned_at ?? "");

/** All of them wait with a time: a pill is moved whole. */
export const canMove = (own: readonly DeliveryView[]) =>
  own.length > 0 && own.every(({ state, planned_at }) => state === "queued" && planned_at !== null);

/** What is open at that moment: a break before all, then what opened first, as the host counts it. */
function openAt(days: Days, at: number, account?: string): Span[] {
  return openSpans(days, new Date(at), new Date(at + 1), account).sort(
    (a, b) =>
      Number(b.window === "break") - Number(a.window === "break") || a.from.getTime() - b.from.getTime(),
  );
}

/** The moment of an exact time; null: it is none. */
const momentOf = (when: WhenInput) =>
  typeof when === "object" && "at" in when ? new Date(when.at.replace(" ", "T")) : null;

/**
 * Past which a person wants it given up. An exact time's own end of the day goes with that time; the host gives it that end, and
 * does not tell it from the same one that was set by hand.
 */
export function ownExpiry(delivery: DeliveryView): string | null {
  const { expires_at, when } = delivery;
  const at = momentOf(when);
  if (expires_at === null || at === null) return expires_at;
  return Date.parse(expires_at) === addDays(at, 1).getTime() ? null : expires_at;
}

/** What stays of it when it is to go at another time: it is meant for later than that. */
export function keptExpiry(delivery: DeliveryView, when: WhenInput, now: Date): string | null {
  const own = ownExpiry(delivery);
  return own !== null && new Date(own) > (momentOf(when) ?? now) ? own : null;
}

/** `own`, the earliest first, moved so that its first goes at that moment, or as near to it as all of them have room. */
function into(opening: Span, at: number, own: readonly DeliveryView[], days: Days, now: Date): Aimed {
  const first = planned(own[0] as DeliveryView);
  const soonest = Math.ceil((now.getTime() + LEAST_MS) / 60_000) * 60_000;
  const latest = Math.min(
    ...own.map((delivery) => opening.to.getTime() - needs(delivery) - (planned(delivery) - first)),
  );
  const earliest = Math.max(opening.from.getTime(), soonest);
  if (latest < earliest) return { refused: opening.to <= now ? "past" : "room" };
  const shift = Math.min(Math.max(at, earliest), latest) - first;
  for (const delivery of own) {
    const time = planned(delivery) + shift;
    const there = openAt(days, time, delivery.account);
    if (!there.some(({ window }) => window === opening.window)) return { refused: "accounts", delivery };
    const expires = ownExpiry(delivery);
    if (expires !== null && Date.parse(expires) <= time) return { refused: "expires", delivery };
  }
  return { opening, shift, times: own.map((delivery) => new Date(planned(delivery) + shift)) };
}

/** Let go at that moment. */
export function aimAt(at: Date, own: readonly DeliveryView[], days: Days, now: Date): Aimed {
  const time = at.getTime();
  const [first] = own;
  if (!first) return { refused: "none" };
  if (time <= now.getTime()) return { refused: "past" };
  const [opening] = openAt(days, time, first.account);
  if (!opening)
    return openAt(days, time).length > 0 ? { refused: "accounts", delivery: first } : { refused: "outside" };
  return into(opening, Math.floor(time / STEP_MS) * STEP_MS, own, days, now);
}

/** Into the opening before (-1) or after (1) it in which all of them have room, as far into it as now. */
export function aimBeside(step: -1 | 1, own: readonly DeliveryView[], days: Days, now: Date): Aimed {
  const [first] = own;
  if (!first) return { refused: "none" };
  const time = planned(first);
  const its = openAt(days, time, first.account);
  const here = its.find(({ window }) => window === first.window) ?? its[0];
  const from = here?.from.getTime() ?? time;
  const all = openSpans(days, now, days.to, first.account)
    .filter((span) => (span.from.getTime() - from) * step > 0)
    .sort((a, b) => (a.from.getTime() - b.from.getTime()) * step);
  for (const opening of all) {
    const aimed = into(opening, opening.from.getTime() + (time - from), own, days, now);
    if (!("refused" in aimed) || aimed.refused === "expires") return aimed;
  }
  return { refused: "none" };
}

/** In an order in which none of them comes where another one still is. */
export function movesOf({ times, shift }: Target, own: readonly DeliveryView[]): Move[] {
  const moves = own.map((delivery, index) => ({
    delivery,
    at: times[index] as Date,
    expires: ownExpiry(delivery),
  }));
  return shift > 0 ? moves.reverse() : moves;
}
