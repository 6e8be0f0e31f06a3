// What came of each delivery, in the kinds that a person looks for, and which of them are shown.
import type { AccountView, DeliveryView, JournalView } from "../../api.next";
import { differs } from "../queue/seen";
import { has } from "../search";

/** The last thing that came of one delivery, and the delivery as it is now. */
export interface Entry {
  row: JournalView;
  delivery: DeliveryView;
}

export const KINDS = ["out", "failed", "removed", "unknown", "deleted", "differs"] as const;
export type Kind = (typeof KINDS)[number];

const EVENTS: Readonly<Record<string, Kind>> = {
  sent: "out",
  part_sent: "out",
  rejected: "failed",
  missed: "failed",
  removed: "removed",
  unknown: "unknown",
  needs_you: "unknown",
  resolved: "unknown",
};

const STATES: Readonly<Record<string, Kind>> = {
  sent: "out",
  rejected: "failed",
  missed: "failed",
  removed: "removed",
  unknown: "unknown",
  needs_you: "unknown",
  left: "unknown",
};

/** What waits again is what came of it last: only what is final, or asked about, says it itself. */
export function kindOf({ row, delivery }: Entry): Kind {
  if (delivery.deleted_at !== null) return "deleted";
  return STATES[delivery.state] ?? EVENTS[row.event] ?? "out";
}

/** It is not over: it waits, or is being sent, once more. */
export const goesOn = ({ delivery }: Entry): boolean =>
  !(delivery.state in STATES) || delivery.state === "unknown";

/** A person may say what became of it. */
export const asks = ({ delivery }: Entry): boolean =>
  delivery.state === "needs_you" || (delivery.state === "unknown" && delivery.waits !== null);

export interface Filter {
  /** An account's id; "" for all, "named" for all but the anonymous ones. */
  account: string;
  network: string;
  kind: Kind | "";
  query: string;
}

export function matches(entry: Entry, account: AccountView | undefined, filter: Filter): boolean {
  const { delivery } = entry;
  if (filter.account === "named" && account?.persona === "anonymous") return false;
  if (filter.account !== "" && filter.account !== "named" && delivery.account !== filter.account)
    return false;
  if (filter.network !== "" && account?.network !== filter.network) return false;
  if (filter.kind === "differs" && !differs(delivery)) return false;
  if (filter.kind !== "" && filter.kind !== "differs" && kindOf(entry) !== filter.kind) return false;
  return has(filter.query, delivery.text, delivery.repost ?? "", account?.handle ?? "");
}

export interface Day {
  /** `2026-11-25`. */
  day: string;
  entries: Entry[];
}

/** The newest day first, and of a day the newest one. */
export function byDay(entries: readonly Entry[]): Day[] {
  const days: Day[] = [];
  for (const entry of entries) {
    const day = entry.row.at.slice(0, 10);
    const last = days.at(-1);
    if (last?.day === day) last.entries.push(entry);
    else days.push({ day, entries: [entry] });
  }
  return days;
}

/**
 * The newest page over what was read before it. What it tells anew is no longer what it was; if it does not reach what was
 * read, that is forgotten: what lies between nobody knows.
 */
export function merged(newest: readonly Entry[], more: boolean, known: readonly Entry[]): Entry[] | null {
  if (!more) return [...newest];
  const told = new Set(newest.map(({ delivery }) => delivery.id));
  const first = Date.parse(newest.at(-1)?.row.at ?? "");
  const reaches = known.some(({ delivery, row }) => told.has(delivery.id) && Date.parse(row.at) <= first);
  const before = known.filter(({ delivery, row }) => !told.has(delivery.id) && Date.parse(row.at) <= first);
  return reaches || known.length === 0 ? [...newest, ...before] : null;
}
