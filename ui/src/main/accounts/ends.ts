// Sessions that end: a person signs in again before that, so that nothing has to wait.
import type { AccountView } from "../../api.next";
import { moment } from "../../time/moment";
import { t } from "../../words/words";

/** As long before it as the host tells it. */
const ENDS_SOON_MS = 48 * 3_600_000;

export type End = "ended" | "soon" | null;

/** An account of any health: one that is not reached now must be signed in to again just the same. */
export function endOf(account: AccountView, now: Date): End {
  const left = Date.parse(account.session_ends_at ?? "") - now.getTime();
  if (Number.isNaN(left) || left > ENDS_SOON_MS) return null;
  return left > 0 ? "soon" : "ended";
}

/** What stands beside the account; null: there is nothing to do. */
export function endText(account: AccountView, now: Date): string | null {
  const end = endOf(account, now);
  if (end === null) return null;
  if (end === "ended") return t("ui.accounts.session_ended");
  return t("ui.accounts.session_ends", { at: moment(account.session_ends_at ?? "", now) });
}
