// Counters are the host's counts, account by account; nothing is counted here.
import type { AccountCheck, AccountView } from "../api.next";
import { networkName } from "../words/say";
import { t } from "../words/words";

export const SAY_AT_LEFT = 20;

export interface Counter {
  account: string;
  name: string;
  length: number;
  limit: number;
  over: number;
  parts: number;
}

/** Accounts of one network share a counter, unless their servers count differently. */
export function counters(
  accounts: readonly AccountView[],
  chosen: readonly string[],
  checks: Readonly<Record<string, AccountCheck | undefined>>,
): Counter[] {
  const all: Counter[] = [];
  for (const account of accounts) {
    const check = checks[account.id];
    if (!chosen.includes(account.id) || !check) continue;
    const { length, limit, parts } = check;
    const name = networkName(account.network);
    const same = (other: Counter) =>
      other.name === name && other.length === length && other.limit === limit && other.parts === parts;
    if (all.some(same)) continue;
    all.push({ account: account.id, name, length, limit, parts, over: Math.max(0, length - limit) });
  }
  return all;
}

/** What a screen reader hears: once when little is left, once when it is over. */
export function spokenCounter(before: readonly Counter[], after: readonly Counter[]): string | null {
  for (const counter of after) {
    const old = before.find((other) => other.account === counter.account);
    const zone = zoneOf(counter);
    if (zone === "far" || (old && zoneOf(old) === zone)) continue;
    return zone === "over"
      ? t("ui.counter.over_spoken", { network: counter.name, over: counter.over })
      : t("ui.counter.left_spoken", { network: counter.name, count: counter.limit - counter.length });
  }
  return null;
}

function zoneOf({ length, limit }: Counter): "far" | "near" | "over" {
  if (length > limit) return "over";
  return limit - length <= SAY_AT_LEFT ? "near" : "far";
}
