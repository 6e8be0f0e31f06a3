// The sections that exist, in the order of their keys.
import type { Key } from "../words/words";

export type Section = "queue" | "drafts" | "accounts" | "settings";

export const SECTIONS: readonly { name: Section; icon: string; title: Key }[] = [
  { name: "queue", icon: "queue", title: "ui.section.queue" },
  { name: "drafts", icon: "draft", title: "ui.section.drafts" },
  { name: "accounts", icon: "person", title: "ui.section.accounts" },
  { name: "settings", icon: "sliders", title: "ui.section.settings" },
];
