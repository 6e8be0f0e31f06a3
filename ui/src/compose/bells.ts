// Whose bell may ring, in one line. Silence is promised only where it is known.
import type { AccountCheck, AccountView } from "../api.next";
import { networkName } from "../words/say";
import { language, t } from "../words/words";

export type Bells = { loud: boolean; text: string } | null;

export function bellLine(
  accounts: readonly AccountView[],
  chosen: readonly string[],
  checks: Readonly<Record<string, AccountCheck | undefined>>,
): Bells {
  const of = (kind: string) => {
    const names = accounts
      .filter((account) => chosen.includes(account.id) && checks[account.id]?.bells === kind)
      .map((account) => networkName(account.network));
    return [...new Set(names)];
  };
  const [rings, unknown, silent] = [of("rings"), of("unknown"), of("silent")];
  if (rings.length > 0) return { loud: true, text: t("ui.bell.rings_on", { network: joined(rings) }) };
  if (unknown.length > 0) return { loud: true, text: t("ui.bell.may_ring_on", { network: joined(unknown) }) };
  return silent.length > 0 ? { loud: false, text: t("ui.bell.silent") } : null;
}

export function joined(names: readonly string[]): string {
  if (language() === "ja") return names.join("・");
  return new Intl.ListFormat("en", { type: "conjunction" }).format(names);
}
