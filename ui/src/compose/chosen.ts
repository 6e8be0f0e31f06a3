// Which accounts a post goes to. Official and anonymous ones are never chosen for the person, and stand alone.
import type { AccountView } from "../api.next";
import { needsConfirm } from "./confirmation";

/** At first: the personal ones; practice only if there is nothing else. */
export function firstChoice(accounts: readonly AccountView[]): string[] {
  const personal = accounts.filter((account) => !needsConfirm(account));
  const real = personal.filter((account) => account.network !== "practice");
  return (real.length > 0 ? real : personal).map((account) => account.id);
}

/** The accounts of a draft, where they may be chosen with it: all are known and personal. */
export function ofDraft(accounts: readonly AccountView[], its: readonly string[]): string[] | null {
  const known = accounts.filter((account) => its.includes(account.id) && !needsConfirm(account));
  if (its.length === 0) return firstChoice(accounts);
  return known.length === its.length ? [...its] : null;
}

export function toggled(accounts: readonly AccountView[], chosen: readonly string[], id: string): string[] {
  const account = accounts.find((known) => known.id === id);
  if (!account) return [...chosen];
  if (chosen.includes(id)) return chosen.filter((other) => other !== id);
  if (needsConfirm(account)) return [id];
  const alone = new Set(accounts.filter(needsConfirm).map((other) => other.id));
  return [...chosen.filter((other) => !alone.has(other)), id];
}

/** The account that speaks alone, if one does. */
export function alone(accounts: readonly AccountView[], chosen: readonly string[]): AccountView | null {
  return accounts.find((account) => chosen.includes(account.id) && needsConfirm(account)) ?? null;
}

const ORDER = ["personal", "official", "anonymous"];

/** Chips stand by persona, practice behind the real ones. */
export function inOrder(accounts: readonly AccountView[]): AccountView[] {
  const rank = (account: AccountView) =>
    ORDER.indexOf(account.persona) * 2 + (account.network === "practice" ? 1 : 0);
  return accounts
    .map((account, index) => ({ account, index }))
    .sort((a, b) => rank(a.account) - rank(b.account) || a.index - b.index)
    .map(({ account }) => account);
}
