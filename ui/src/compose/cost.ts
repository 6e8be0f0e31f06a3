// What it costs, where posting is paid for, in one line. Sums are the host's.
import type { AccountCheck, AccountView } from "../api.next";
import { networkName } from "../words/say";
import { t } from "../words/words";
import { joined } from "./bells";

/** With two decimals at least, and not more than there are: $0.20, $0.015. */
export function dollars(sum: number): string {
  const [whole, rest = ""] = sum.toFixed(6).split(".");
  return `$${whole}.${rest.replace(/0+$/, "").padEnd(2, "0")}`;
}

/** null: nobody who is chosen pays. Several accounts of one network each pay for themselves. */
export function costLine(
  accounts: readonly AccountView[],
  chosen: readonly string[],
  checks: Readonly<Record<string, AccountCheck | undefined>>,
): string | null {
  const paying = accounts.flatMap((account) => {
    const cost = chosen.includes(account.id) ? checks[account.id]?.cost_usd : null;
    return cost === null || cost === undefined ? [] : [{ account, cost }];
  });
  const [first] = paying;
  if (!first) return null;
  const network = networkName(first.account.network);
  const each = paying.map(({ account, cost }) => `@${account.handle} ${dollars(cost)}`);
  const cost = paying.length === 1 ? dollars(first.cost) : joined(each);
  return t("ui.cost.line", { cost, network });
}
