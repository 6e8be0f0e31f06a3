// What will go out, account by account; those that get the same parts stand together.
import type { AccountCheck, AccountView } from "../api.next";

export interface Goes {
  accounts: AccountView[];
  check: AccountCheck;
}

export function goes(
  accounts: readonly AccountView[],
  chosen: readonly string[],
  checks: Readonly<Record<string, AccountCheck | undefined>>,
): Goes[] {
  const all: Goes[] = [];
  for (const account of accounts) {
    const check = checks[account.id];
    // A host of an older build says nothing of parts.
    if (!chosen.includes(account.id) || !check?.pieces) continue;
    const same = all.find(
      (other) => alike(other.check, check) && other.accounts[0]?.network === account.network,
    );
    if (same) same.accounts.push(account);
    else all.push({ accounts: [account], check });
  }
  return all;
}

const alike = (one: AccountCheck, other: AccountCheck) =>
  JSON.stringify([one.limit, one.pieces]) === JSON.stringify([other.limit, other.pieces]);

/** The shortest that a chosen account's server allows; null: nobody says. */
export function altMax(
  chosen: readonly string[],
  checks: Readonly<Record<string, AccountCheck | undefined>>,
): number | null {
  const all = chosen.map((id) => checks[id]?.alt_max ?? 0).filter((most) => most > 0);
  return all.length === 0 ? null : Math.min(...all);
}
