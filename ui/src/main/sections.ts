// The sections that exist, in the order of their keys. Each is loaded when it is opened.
import type { Component } from "svelte";
import type { Key } from "../words/words";

interface Row {
  name: string;
  icon: string;
  title: Key;
  load: () => Promise<{ default: Component }>;
  /** A little room stands before it. */
  apart?: true;
}

const rows = [
  { name: "queue", icon: "queue", title: "ui.section.queue", load: () => import("./queue/Queue.svelte") },
  { name: "drafts", icon: "draft", title: "ui.section.drafts", load: () => import("./drafts/Drafts.svelte") },
  {
    name: "journal",
    icon: "journal",
    title: "ui.section.journal",
    load: () => import("./journal/Journal.svelte"),
  },
  {
    name: "accounts",
    icon: "person",
    title: "ui.section.accounts",
    load: () => import("./accounts/Accounts.svelte"),
    apart: true,
  },
  {
    name: "windows",
    icon: "window",
    title: "ui.windows.title",
    load: () => import("./windows/Windows.svelte"),
  },
  {
    name: "settings",
    icon: "sliders",
    title: "ui.section.settings",
    load: () => import("./settings/Settings.svelte"),
  },
] as const satisfies readonly Row[];

export type Section = (typeof rows)[number]["name"];

export const SECTIONS: readonly (Row & { name: Section })[] = rows;
