// What is asked for when the spacing is set: only what was changed.
import type { SpacingPart } from "../../api.next";
import type { Ask } from "../../bridge/host";

const NOTHING = { gap_minutes: null, per_window: null, jitter: null, persona_gap_minutes: null };

/** `account`: null for all. */
export const setSpacing = (ask: Ask, account: string | null, change: Partial<SpacingPart>) =>
  ask("spacing_set", { account, ...NOTHING, ...change });
