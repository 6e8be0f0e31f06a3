// The practice world's memory: what a real host keeps in its database.
import type {
  AccountView,
  BackupView,
  ContentInput,
  CostView,
  DeliveryView,
  Persona,
  PictureAdded,
  Preferences,
  Request,
  SpacingPart,
  Status,
  TimelinePostView,
  WindowView,
} from "../../src/api.next";
import type { Span } from "./calendar";

export interface Kept {
  id: string;
  rev: number;
  accounts: string[];
  content: ContentInput;
  updated: number;
}

export interface Delivery extends DeliveryView {
  content: ContentInput;
  planned: number | null;
  rank: number;
  confirmed: boolean;
  /** When the last thing came of it. */
  ended: number | null;
}

export interface World {
  accounts: AccountView[];
  drafts: Kept[];
  queue: Delivery[];
  /** Taken back: the journal knows them. */
  removed: Delivery[];
  windows: WindowView[];
  hours: WindowView[];
  closed: { id: string; from: string; to: string }[];
  breaks: (Span & { accounts: string[] })[];
  holidays: readonly string[];
  holidayTable: "jp" | "none";
  daysOff: string[];
  overtime: { from: string; until: string } | null;
  pausedUntil: number | null | undefined;
  locked: boolean;
  /** What is told with the database's damage. */
  damaged: Record<string, string> | null;
  /** Why nothing at all goes out. */
  reason: string | null;
  /** Whether the desktop shows the icon. */
  tray: boolean | null;
  shortcuts: Status["shortcuts"];
  pictures: Map<string, PictureAdded & { data: string }>;
  uploads: Map<string, string[]>;
  timeline: Map<string, TimelinePostView[]>;
  faults: Map<string, string>;
  /** In the browser now. */
  signIns: Map<string, { call: Extract<Request, { do: "sign_in_begin" }>; network: string }>;
  cost: { cap: number | null; spent: number; prices: CostView["prices"] };
  spacing: SpacingPart;
  /** Of accounts that have one of their own. */
  ownSpacing: Record<string, SpacingPart>;
  preferences: Preferences;
  backups: BackupView[];
  /** Codes of what is not well, by the check's name. */
  ill: Record<string, string>;
  ids: number;
}

const period = (name: string, days: string, from: string, to: string, holidays: string): WindowView => ({
  name,
  title: "",
  days: days.split(","),
  from,
  to,
  zone: null,
  accounts: null,
  holidays,
  enabled: true,
  first_day: null,
  last_day: null,
});

const WORKDAYS = "mon,tue,wed,thu,fri";

/** As core's table has it where no visibility was chosen. */
const BELLS: Readonly<Record<string, AccountView["bells"]>> = {
  practice: { post: "silent", reply: "silent", repost: "silent" },
  bluesky: { post: "rings", reply: "rings", repost: "unknown" },
  mastodon: { post: "rings", reply: "rings", repost: "unknown" },
  misskey: { post: "rings", reply: "unknown", repost: "rings" },
  x: { post: "rings", reply: "unknown", repost: "unknown" },
};

export function account(
  id: string,
  network: string,
  handle: string,
  persona: Persona = "personal",
  server = "",
): AccountView {
  const quotes = network === "bluesky" || network === "misskey";
  const elsewhere = network !== "practice";
  const refers = { replies: elsewhere, quotes, reposts: elsewhere, quiet_replies: network === "misskey" };
  return {
    id,
    network,
    server,
    handle,
    persona,
    client_name: null,
    health: "ok",
    session_ends_at: null,
    refers,
    proxy: null,
    bells: BELLS[network] ?? { post: "unknown", reply: "unknown", repost: "unknown" },
    checked_at: network === "practice" ? null : "2026-11-25T09:00:00.000+09:00",
  };
}

export function emptyWorld(): World {
  return {
    accounts: [],
    drafts: [],
    queue: [],
    removed: [],
    windows: [
      period("lunch", WORKDAYS, "12:00", "13:00", "skip"),
      period("evening", WORKDAYS, "18:30", "22:30", "skip"),
      period("weekend", "sat,sun", "09:00", "22:30", "also"),
    ],
    hours: [period("work", WORKDAYS, "09:00", "18:00", "skip")],
    closed: [],
    breaks: [],
    holidays: [],
    holidayTable: "jp",
    daysOff: [],
    overtime: null,
    pausedUntil: undefined,
    locked: false,
    damaged: null,
    reason: null,
    tray: true,
    shortcuts: { desktop: "x11", taken: [] },
    pictures: new Map(),
    uploads: new Map(),
    timeline: new Map(),
    faults: new Map(),
    signIns: new Map(),
    cost: {
      cap: null,
      spent: 0,
      prices: { post: 0.015, post_with_link: 0.2, picture_text: 0.005, delete: 0.01, read: 0.001 },
    },
    spacing: { gap_minutes: 30, per_window: 2, jitter: true, persona_gap_minutes: 10 },
    ownSpacing: {},
    preferences: {
      language: "system",
      theme: "system",
      digest_at: null,
      autostart: false,
      autostart_possible: true,
      veil: false,
      shortcut_write: null,
      shortcut_hide: null,
      first_run_done: true,
      awake_told: true,
      tray_told: false,
    },
    backups: [],
    ill: {},
    ids: 0,
  };
}

export function nextId(world: World, kind: string): string {
  world.ids += 1;
  return `${kind}-${String(world.ids).padStart(4, "0")}`;
}

/** RFC 3339 with the machine's own offset and milliseconds, as the contract has it. */
export function stamp(at: number): string {
  const date = new Date(at);
  const two = (n: number, width = 2) => String(n).padStart(width, "0");
  const offset = -date.getTimezoneOffset();
  const sign = offset < 0 ? "-" : "+";
  const zone = `${sign}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day}T${time}.${two(date.getMilliseconds(), 3)}${zone}`;
}

export const FINAL = ["sent", "rejected", "missed", "left", "removed"];
