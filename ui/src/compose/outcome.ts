// What came of what was written, until it is no news any more.
import type { PostAdded } from "../api.next";
import type { Ask } from "../bridge/host";

export interface Time {
  at: string;
  window: string | null;
}

export interface Queued {
  kind: "queued";
  /** The earliest of its times; null: none has one. */
  first: Time | null;
  /** The latest, if there are several. */
  last: Time | null;
  without: { account: string; reason: string | null }[];
  held: boolean;
  tellAwake: boolean;
  /** Something was changed while it was queued, and is still here. */
  more: boolean;
}

export type Outcome =
  | Queued
  | {
      kind:
        | "kept"
        | "perhaps"
        | "not_queued"
        | "went_on"
        | "too_much"
        | "second"
        | "gone"
        | "last_time"
        | "not_opened"
        | "not_whole"
        | "stays"
        | "first";
    };

/** A key more does not make it old. */
export const LASTS: ReadonlySet<Outcome["kind"]> = new Set(["second", "gone", "last_time"]);

export const QUEUED: Queued = {
  kind: "queued",
  first: null,
  last: null,
  without: [],
  held: false,
  tellAwake: false,
  more: false,
};

export function outcomeOf(added: PostAdded): Queued {
  const times = added.deliveries
    .flatMap(({ planned_at, window }) => (planned_at ? [{ at: planned_at, window }] : []))
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  const [first, last] = [times[0] ?? null, times.at(-1) ?? null];
  const held = added.deliveries.every((delivery) => delivery.state === "held");
  const without = added.deliveries.filter((one) => one.state !== "held" && !one.planned_at);
  return {
    ...QUEUED,
    first,
    last: last?.at.slice(0, 16) === first?.at.slice(0, 16) ? null : last,
    without: without.map(({ account }) => ({ account, reason: null })),
    held,
  };
}

/** Why each that has no time has none: the queue knows. */
export async function reasons(ask: Ask, added: PostAdded): Promise<Queued["without"]> {
  const without = added.deliveries.filter((one) => one.state !== "held" && !one.planned_at);
  const why = async ({ id, account }: (typeof without)[number]) => ({
    account,
    reason: await ask("queue_show", { id }).then(
      (shown) => shown.reason,
      () => null,
    ),
  });
  return Promise.all(without.map(why));
}
