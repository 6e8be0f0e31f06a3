// The words on the button.
import type { WindowView } from "../api.next";
import { clockOf, dayOf, momentOf } from "../time/moment";
import { find, t } from "../words/words";
import { type Aim, opening, titleOf, type When } from "./when";

export interface AimText {
  /** 「次の休憩：」 */
  lead: string;
  time: string;
  window: string;
}

export function aimText(
  when: When,
  aim: Aim,
  windows: readonly WindowView[],
  now: Date,
  paused: boolean,
): AimText {
  const lead = t(when.kind === "next" ? "ui.go.next" : when.kind === "at" ? "ui.go.at" : "ui.go.window");
  if (aim.at) return { lead, time: momentOf(dayOf(aim.at), clockOf(aim.at), now), window: "" };
  // Beyond the days whose windows are known.
  if (!aim.span && when.kind === "day" && !aim.reason && !paused)
    return { lead, time: momentOf(when.day, "", now).trim(), window: "" };
  if (!aim.span) {
    const why = aim.reason ? find(`reason.${aim.reason}`) : undefined;
    return { lead, time: why ?? t(paused ? "reason.paused" : "ui.go.no_window"), window: "" };
  }
  return { lead, time: opening(aim.span, now), window: titleOf(windows, aim.span.window) };
}
