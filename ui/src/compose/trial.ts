// Where the host would put it now. The calendar alone knows when a window opens, not what waits for it already.
import type { TrialView } from "../api.next";
import { type Days, openSpans } from "../time/spans";
import type { Aim } from "./when";

/** What a check of this content, at this time, answered. */
export type Times = Readonly<Record<string, TrialView | undefined>>;

/** The first of the chosen accounts, behind everything that waits; as the calendar has it where nothing is known. */
export function meant(aim: Aim, times: Times, chosen: readonly string[], days: Days): Aim {
  if (aim.at || chosen.length === 0) return aim;
  const told = chosen.map((account) => ({ account, trial: times[account] }));
  if (told.some(({ trial }) => trial === undefined)) return aim;
  const first = told
    .flatMap(({ account, trial }) => (trial?.not_before ? [{ account, at: new Date(trial.not_before) }] : []))
    .sort((a, b) => a.at.getTime() - b.at.getTime())[0];
  if (!first) return { span: null, at: null, reason: told[0]?.trial?.reason ?? null };
  const { at, account } = first;
  const span = openSpans(days, at, days.to, account).find(({ from }) => from <= at);
  // Beyond the days that are known the calendar is no help either.
  if (!span) return aim;
  return { span: { ...span, from: at }, at: null, reason: null };
}
