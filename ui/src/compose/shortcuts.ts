import type { Shortcut } from "../parts/keys";

/** The composer's. */
export const SHORTCUTS: readonly Shortcut[] = [
  ["Ctrl Enter", "ui.keys.queue"],
  ["Ctrl T", "ui.when.exact"],
  ["Ctrl S", "ui.when.keep"],
  ["Ctrl O", "ui.section.drafts"],
  ["Alt 1…9", "ui.compose.accounts"],
  ["Alt Enter", "ui.compose.part"],
  ["Ctrl I", "ui.compose.picture"],
  ["Alt ← →", "ui.keys.picture"],
  ["Alt ↑ ↓", "ui.keys.part"],
  ["F8", "ui.keys.finding"],
  ["Esc", "ui.keys.shut"],
  ["Ctrl Shift H", "ui.keys.hide"],
  ["Ctrl / · F1", "ui.keys.title"],
];
