// The practice world's plan, in small: gap, cap, order, a drawn minute. A stored time stands until it is redrawn.
import type { Spans, WhyNotSooner, WindowView } from "../../src/api.next";
import { type Days, openSpans, type Span, workSpans } from "./calendar";
import { type Delivery, FINAL, stamp, type World } from "./world";

const MINUTE = 60_000;
const HORIZON = 400 * 24 * 60 * MINUTE;

export const waiting = (world: World) =>
  world.queue.filter((delivery) => !FINAL.includes(delivery.state)).sort((a, b) => a.rank - b.rank);

export function positions(world: World): Map<string, number> {
  const movable = waiting(world).filter((d) => typeof d.when === "string" || !("at" in d.when));
  return new Map(movable.map((d, index) => [d.id, index + 1]));
}

function daysFor(world: World, account: string): Days {
  const closed = world.closed.map((c) => ({ from: new Date(c.from), to: new Date(c.to) }));
  return {
    windows: world.windows,
    hours: world.hours,
    closed,
    breaks: world.breaks.filter((b) => b.accounts.length === 0 || b.accounts.includes(account)),
    holidays: [...world.holidays, ...world.daysOff],
  };
}

/** As the host answers `spans`: each stretch with the accounts that it holds for. */
export function told(world: World, from: Date, to: Date, hours: WindowView[] | null): Spans {
  const ids = world.accounts.length > 0 ? world.accounts.map((a) => a.id) : [""];
  const gather = (of: (days: Days, account: string) => Span[]) => {
    const held = new Map<string, { span: Span; accounts: string[] }>();
    for (const id of ids) {
      const days = { ...daysFor(world, id), ...(hours && { hours }) };
      for (const span of of(days, id)) {
        const key = `${span.from.getTime()} ${span.to.getTime()} ${span.window}`;
        const known = held.get(key);
        if (known) known.accounts.push(id);
        else held.set(key, { span, accounts: [id] });
      }
    }
    const cut = (at: Date) => stamp(Math.min(to.getTime(), Math.max(from.getTime(), at.getTime())));
    return [...held.values()]
      .sort((a, b) => a.span.from.getTime() - b.span.from.getTime())
      .map(({ span, accounts }) => ({
        from: cut(span.from),
        to: cut(span.to),
        window: span.window,
        accounts: accounts.length < ids.length ? accounts : null,
      }));
  };
  const paused = world.pausedUntil !== undefined;
  return {
    open: paused ? [] : gather((days, account) => openSpans(days, from, to, account)),
    work: gather((days) => workSpans(days, from, to)).map(({ window: _, ...work }) => work),
  };
}

function spans(world: World, account: string, from: number): Span[] {
  const days = daysFor(world, account);
  for (let reach = 15; ; reach *= 5) {
    const found = openSpans(days, new Date(from), new Date(from + reach * 24 * 60 * MINUTE), account);
    if (found.length > 400 || reach * 24 * 60 * MINUTE > HORIZON) return found;
  }
}

/** The next days are enough to tell what is open now and what opens next. */
function near(world: World, account: string, now: number): Span[] {
  const { windows, hours, breaks, holidays } = world;
  const days = { windows, hours, closed: [], breaks, holidays };
  return openSpans(days, new Date(now), new Date(now + 8 * 24 * 60 * MINUTE), account);
}

/** Draws a time for what has none; answers what changed. */
export function draw(world: World, now: number, again: (d: Delivery) => boolean = () => false) {
  const moved: { id: string; from: string | null; to: string | null }[] = [];
  const known = new Map<string, Span[]>();
  const ahead = (account: string) => {
    const found = known.get(account) ?? spans(world, account, now);
    known.set(account, found);
    return found;
  };
  for (const delivery of waiting(world)) {
    if (delivery.state !== "queued") continue;
    if (delivery.planned !== null && delivery.planned > now && !again(delivery)) continue;
    const before = delivery.planned_at;
    place(world, delivery, now, ahead(delivery.account));
    if (before !== delivery.planned_at)
      moved.push({ id: delivery.id, from: before, to: delivery.planned_at });
  }
  return moved;
}

function place(world: World, delivery: Delivery, now: number, open: Span[]): void {
  if (typeof delivery.when === "object" && "at" in delivery.when) {
    const at = new Date(delivery.when.at.replace(" ", "T")).getTime();
    const window = open.find((span) => span.from.getTime() <= at && at < span.to.getTime())?.window ?? null;
    if (window || delivery.override_window) {
      Object.assign(delivery, { planned: at, planned_at: stamp(at), window });
      return;
    }
    // A time that no window covers is not met: it counts as any other.
  }
  const { when } = delivery;
  const day = typeof when === "object" && "from_day" in when ? when.from_day : null;
  const wanted = typeof when === "object" && "window" in when ? when.window : (day?.window ?? null);
  const begins = day ? new Date(`${day.day}T00:00:00`).getTime() : 0;
  const { per_window, gap_minutes } = world.ownSpacing[delivery.account] ?? world.spacing;
  const others = world.queue.filter((d) => d.account === delivery.account && d.id !== delivery.id);
  // An exact time stands in no order, and what waits for a day in one of its own.
  const isOfDay = (d: Delivery) => typeof d.when === "object" && "from_day" in d.when;
  const inOrder = others.filter(
    (d) => (typeof d.when === "string" || !("at" in d.when)) && isOfDay(d) === isOfDay(delivery),
  );
  const ahead = inOrder.filter((d) => d.planned !== null && d.rank < delivery.rank && d.state !== "held");
  const last = Math.max(0, ...ahead.map((d) => d.planned ?? 0));
  for (const span of open) {
    if ((wanted && span.window !== wanted) || span.to.getTime() <= Math.max(last, begins)) continue;
    const used = others.filter(
      (d) => d.planned !== null && d.planned >= span.from.getTime() && d.planned < span.to.getTime(),
    );
    if (used.length >= per_window) continue;
    const gap = span.window === "break" ? Math.min(5, gap_minutes) : gap_minutes;
    const earliest = Math.max(now + 2000, begins, span.from.getTime(), last === 0 ? 0 : last + gap * MINUTE);
    const drawn = span.window === "break" ? 0 : ((delivery.rank * 7) % 13) * MINUTE;
    const at = earliest + (earliest + drawn < span.to.getTime() - MINUTE ? drawn : 0);
    if (at > span.to.getTime() - 45_000) continue;
    delivery.planned = at;
    delivery.planned_at = stamp(at);
    delivery.window = span.window;
    return;
  }
  delivery.planned = null;
  delivery.planned_at = null;
  delivery.window = null;
}

export function reasonOf(world: World, delivery: Delivery, now: number): string | null {
  if (delivery.state !== "queued") return delivery.state === "held" ? "hold" : null;
  if (world.pausedUntil !== undefined) return "paused";
  const account = world.accounts.find((a) => a.id === delivery.account);
  if (account?.health === "needs_sign_in") return "needs_sign_in";
  if (delivery.planned === null) return "no_window";
  const open = near(world, delivery.account, now).some(
    (s) => s.from.getTime() <= now && now < s.to.getTime(),
  );
  return open ? "gap" : "outside_window";
}

export function whyNotSooner(world: World, delivery: Delivery, now: number): WhyNotSooner[] {
  if (delivery.state === "held") return [{ code: "hold", until: null, text: "" }];
  if (delivery.planned === null || delivery.planned_at === null) return [];
  const why: WhyNotSooner[] = [];
  const first = near(world, delivery.account, now)[0];
  if (first && first.from.getTime() > now) {
    why.push({ code: "outside_window", until: stamp(first.from.getTime()), text: "" });
  }
  const before = waiting(world).filter((d) => d.account === delivery.account && d.rank < delivery.rank);
  if (before.length > 0) why.push({ code: "order", until: null, text: "" });
  if (before.length >= world.spacing.per_window) why.push({ code: "cap", until: null, text: "" });
  return why;
}
