import type { Shortcut } from "../parts/keys";
import { SECTIONS } from "./sections";

/** The main window's. */
export const SHORTCUTS: readonly Shortcut[] = [
  [`Ctrl 1…${SECTIONS.length}`, "ui.side"],
  ["Ctrl N", "ui.compose.name"],
  ["Ctrl F", "ui.search"],
  ["J K ↑ ↓", "ui.keys.list"],
  ["Enter", "ui.keys.open"],
  ["Alt ↑ ↓", "ui.keys.order"],
  ["Shift ← →", "ui.keys.delivery"],
  ["↑ ↓ ← →", "ui.keys.window"],
  ["Shift ↑ ↓", "ui.keys.window_end"],
  ["Del", "ui.remove"],
  ["Ctrl Z", "ui.undo"],
  ["Ctrl .", "ui.settings.veil"],
  ["Ctrl Shift H", "ui.keys.hide"],
  ["?", "ui.keys.title"],
];
