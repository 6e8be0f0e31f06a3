// The practice world answers as the contract says. What it cannot do it refuses, with the contract's codes.
import type {
  Answers,
  ContentInput,
  CostView,
  PeriodInput,
  PictureAdded,
  PostInput,
  Problem,
  Request,
  Spread,
  WindowView,
} from "../../src/api.next";
import { check, ownOf } from "./check";
import { draw, positions, reasonOf, waiting, whyNotSooner } from "./plan";
import { account, type Delivery, FINAL, nextId, stamp, type World } from "./world";

export type Call<K extends Request["do"]> = Extract<Request, { do: K }>;

export function refuse(code: Problem["code"], args: Record<string, string> = {}): never {
  throw { code, args };
}

export function costOf(world: World): CostView {
  const { cap, spent, prices } = world.cost;
  const accounts = world.accounts.filter(({ network }) => network === "x");
  return {
    cap_usd: cap,
    spent_usd: spent,
    left_usd: cap === null ? null : Math.max(0, cap - spent),
    month: "2026-11",
    prices: { ...prices },
    accounts: Object.fromEntries(accounts.map(({ id }) => [id, 0])),
    moved: [],
  };
}

const text = (content: ContentInput) => content.parts.map((part) => part.text).join("\n---\n");

function known(world: World, ids: string[]) {
  return ids.map(
    (id) => world.accounts.find((a) => a.id === id) ?? refuse("unknown_account", { account: id }),
  );
}

export function draftAdd(world: World, { accounts, content }: Call<"draft_add">, now: number) {
  known(world, accounts);
  const kept = { id: nextId(world, "draft"), rev: 1, accounts, content, updated: now };
  world.drafts.unshift(kept);
  return { id: kept.id, rev: kept.rev, findings: [] };
}

export function draftEdit(world: World, call: Call<"draft_edit">, now: number) {
  const old = world.drafts.find((d) => d.id === call.id) ?? refuse("unknown_draft", { draft: call.id });
  if (call.accounts) known(world, call.accounts);
  const accounts = call.accounts ?? old.accounts;
  if (call.base_rev !== null && call.base_rev !== old.rev) {
    return draftAdd(world, { do: "draft_add", accounts, content: call.content }, now);
  }
  Object.assign(old, { rev: old.rev + 1, accounts, content: call.content, updated: now });
  return { id: old.id, rev: old.rev, findings: [] };
}

export function draftList(world: World) {
  const drafts = world.drafts.map((d) => ({
    id: d.id,
    text: text(d.content),
    accounts: d.accounts,
    updated_at: stamp(d.updated),
    rev: d.rev,
  }));
  return { drafts };
}

export function draftShow(world: World, id: string): Answers["draft_show"] {
  const kept = world.drafts.find((d) => d.id === id) ?? refuse("unknown_draft", { draft: id });
  const content = shown(world, kept.content);
  const listed = draftList(world).drafts.find((d) => d.id === id) ?? refuse("unknown_draft", { draft: id });
  const { cw, visibility, lang, reply_to } = content;
  return { ...listed, cw, visibility, lang, reply_to, media: content.parts.flatMap((p) => p.media), content };
}

export function shown(world: World, content: ContentInput): Answers["draft_show"]["content"] {
  const view = (m: ContentInput["parts"][number]["media"][number]) => {
    const picture = world.pictures.get(m.media ?? "");
    return picture ? [{ ...picture, alt: m.alt }] : [];
  };
  return { ...content, parts: content.parts.map((p) => ({ text: p.text, media: p.media.flatMap(view) })) };
}

function contentOf(world: World, input: PostInput): ContentInput {
  if (input.draft === null) return input.content;
  return (world.drafts.find((d) => d.id === input.draft) ?? refuse("unknown_draft", { draft: input.draft }))
    .content;
}

export function postCheck(world: World, input: PostInput, now: number): Answers["post_check"] {
  if (input.accounts.length === 0) refuse("no_account");
  const accounts = known(world, input.accounts);
  const content = contentOf(world, input);
  // A trial, of which nothing is kept.
  const trial = structuredClone(world);
  const rank = Math.max(0, ...trial.queue.map((d) => d.rank)) + 1;
  const made = accounts.map((a) =>
    delivery(trial, a.id, content, { rank, when: input.when, state: input.hold ? "held" : "queued" }),
  );
  trial.queue.push(...made);
  draw(trial, now);
  const times = made.map((d) => [d.account, { not_before: d.planned_at, window: d.window, reason: null }]);
  return { ...check(accounts, content, input), times: Object.fromEntries(times) };
}

export function postAdd(world: World, input: PostInput, now: number): Answers["post_add"] {
  if (input.accounts.length === 0) refuse("no_account");
  const accounts = known(world, input.accounts);
  const content = contentOf(world, input);
  const read = world.drafts.find((d) => d.id === input.draft);
  if (read && input.base_rev !== null && input.base_rev !== read.rev) refuse("draft_stale");
  const { findings } = check(accounts, content, input);
  if (findings.some((f) => f.severity === "block")) throw { code: "blocked", findings };
  if (typeof input.when === "object" && "at" in input.when) {
    if (new Date(input.when.at.replace(" ", "T")).getTime() <= now)
      refuse("time_is_past", { text: input.when.at });
  }
  const expires = input.expires === null ? null : new Date(input.expires.replace(" ", "T")).getTime();
  if (Number.isNaN(expires)) refuse("bad_time", { text: input.expires ?? "" });
  if (expires !== null && expires <= now) refuse("time_is_past", { text: input.expires ?? "" });
  const shy = accounts.find((a) => a.persona !== "personal");
  if (shy && !input.confirm_persona) refuse("confirm_persona", { account: shy.handle });
  const before = world.removed.find((d) => d.id === input.again);
  const post = before?.post ?? nextId(world, "post");
  const rank = Math.max(0, ...world.queue.map((d) => d.rank));
  const made = accounts.map((a, index) =>
    delivery(world, a.id, ownOf(content, a.network), {
      post,
      override_window: input.override_window,
      rank: before?.rank ?? rank + 1 + index,
      when: input.when,
      hold_until: input.hold_until ?? null,
      state: input.hold || input.hold_until ? "held" : "queued",
      confirmed: input.confirm_persona,
      expires_at: expires === null ? null : stamp(expires),
    }),
  );
  world.queue.push(...made);
  const moved = draw(world, now).filter((m) => !made.some((d) => d.id === m.id));
  if (input.draft) world.drafts = world.drafts.filter((d) => d.id !== input.draft);
  const view = ({ id, account, state, planned_at, window }: Delivery) => ({
    id,
    account,
    state,
    planned_at,
    window,
  });
  return { post, deliveries: made.map(view), moved, findings };
}

export function delivery(world: World, to: string, content: ContentInput, rest: Partial<Delivery>): Delivery {
  return {
    id: nextId(world, "delivery"),
    post: "post-0",
    account: to,
    state: "queued",
    reason: null,
    position: null,
    planned_at: null,
    window: null,
    text: content.parts[0]?.text ?? "",
    parts: Math.max(1, content.parts.length),
    parts_sent: 0,
    attempts: 0,
    frozen: false,
    expires_at: null,
    url: null,
    code: null,
    server_words: null,
    said: null,
    asked_at: null,
    looks: null,
    copied: false,
    alike: null,
    waits: null,
    sent_at: null,
    repost: content.repost,
    deletable: false,
    deleted_at: null,
    parts_there: [],
    visibility_differs: null,
    content,
    when: "next",
    override_window: false,
    hold_until: null,
    receipts: [],
    planned: null,
    rank: 1,
    confirmed: false,
    ended: null,
    ...rest,
  };
}

export function view(world: World, d: Delivery, now: number): Answers["queue_list"]["deliveries"][number] {
  const { content: _c, planned: _p, rank: _r, confirmed: _k, ended: _e, ...plain } = d;
  return { ...plain, reason: reasonOf(world, d, now), position: positions(world).get(d.id) ?? null };
}

export function queueList(world: World, all: boolean, now: number) {
  const place = positions(world);
  const listed = world.queue
    .filter((d) => all || !FINAL.includes(d.state) || d.state === "rejected" || d.state === "missed")
    .sort((a, b) => a.rank - b.rank);
  const open = openCache(world, now);
  const deliveries = listed.map(({ content: _c, planned: _p, rank: _r, confirmed: _k, ended: _e, ...d }) => ({
    ...d,
    reason: open(d.id),
    position: place.get(d.id) ?? null,
  }));
  return { deliveries };
}

/** A reason is asked for once an account, not a thousand times. */
function openCache(world: World, now: number): (id: string) => string | null {
  const seen = new Map<string, string | null>();
  return (id) => {
    const d = world.queue.find((other) => other.id === id);
    if (!d) return null;
    const key = `${d.account} ${d.state} ${d.planned === null}`;
    if (!seen.has(key)) seen.set(key, reasonOf(world, d, now));
    return seen.get(key) ?? null;
  };
}

export function the(world: World, id: string): Delivery {
  return world.queue.find((d) => d.id === id) ?? refuse("unknown_delivery", { delivery: id });
}

export function queueEdit(world: World, call: Call<"queue_edit">, now: number) {
  const d = the(world, call.id);
  if (d.frozen) refuse("frozen_for_good");
  if (["sending", "unknown"].includes(d.state)) refuse("already_sending");
  const to = known(world, [d.account]);
  const { findings } = check(to, call.content, call);
  if (findings.some((f) => f.severity === "block")) throw { code: "blocked", findings };
  if (to[0]?.persona !== "personal" && !call.confirm_persona) {
    refuse("confirm_persona", { account: to[0]?.handle ?? "" });
  }
  Object.assign(d, { content: call.content, text: call.content.parts[0]?.text ?? "", attempts: 0 });
  if (d.state === "rejected" || d.state === "missed")
    Object.assign(d, { state: "queued", planned: null, code: null });
  return { moved: draw(world, now) };
}

export function queueMove(world: World, id: string, to: number, now: number) {
  const place = positions(world);
  const from = place.get(id) ?? refuse("not_possible_now");
  if (to < 1 || to > place.size) refuse("bad_position", { most: String(place.size) });
  const order = waiting(world).filter((d) => place.has(d.id));
  const ranks = order.map((d) => d.rank);
  const [moving] = order.splice(from - 1, 1);
  if (moving) order.splice(to - 1, 0, moving);
  const touched = new Set(order.slice(Math.min(from, to) - 1).map((d) => d.id));
  order.forEach((d, index) => {
    d.rank = ranks[index] ?? d.rank;
  });
  for (const d of order) if (touched.has(d.id)) d.planned = null;
  return { moved: draw(world, now) };
}

export function queueRemove(world: World, id: string, discard: boolean, now: number) {
  const d = the(world, id);
  if (["sending", "unknown"].includes(d.state)) refuse("already_sending");
  world.queue = world.queue.filter((other) => other.id !== id);
  world.removed.push({ ...d, state: "removed", planned: null, planned_at: null, window: null, ended: now });
  if (discard) return { draft: null, moved: [] };
  const added = draftAdd(world, { do: "draft_add", accounts: [d.account], content: d.content }, now);
  return { draft: added.id, moved: [] };
}

const FAILED = ["rejected", "missed", "needs_you", "unknown", "left"];

/** When the last thing came of it; null: nothing yet. */
function endOf(d: Delivery, now: number): number | null {
  if (d.ended !== null) return d.ended;
  if (d.sent_at !== null) return Date.parse(d.sent_at);
  return FAILED.includes(d.state) ? Date.parse(d.asked_at ?? "") || now : null;
}

/** Only the outcomes: the page asks for nothing else. */
export function journal(world: World, call: Call<"journal">, now: number): Answers["journal"] {
  const all = [...world.queue, ...world.removed]
    .flatMap((d) => {
      const at = endOf(d, now);
      return at === null ? [] : [{ d, at }];
    })
    .sort((a, b) => b.at - a.at);
  const before = all.filter(({ at }) => call.until === null || at < Date.parse(call.until));
  const limit = call.limit ?? before.length;
  const first = before[limit - 1]?.at ?? Number.NEGATIVE_INFINITY;
  const page = before.filter(({ at }) => at >= first);
  const more = page.length < before.length ? new Date(first).toISOString() : null;
  const row = ({ d, at }: (typeof all)[number]) => ({
    at: stamp(at),
    delivery: d.id,
    attempt: null,
    event: d.state === "left" ? "resolved" : d.state,
    detail: null,
    account: d.account,
  });
  return { entries: page.map(row).reverse(), more, deliveries: page.map(({ d }) => view(world, d, now)) };
}

export function plan(world: World, now: number) {
  const deliveries = waiting(world)
    .slice(0, 60)
    .map((d) => ({
      id: d.id,
      account: d.account,
      planned_at: d.planned_at,
      window: d.window,
      reason: reasonOf(world, d, now),
      why_not_sooner: whyNotSooner(world, d, now),
    }));
  return { deliveries, notes: [] };
}

export function spread(world: World, now: number, moved: Spread["moved"] = []): Spread {
  const open = world.breaks.map((b) => ({
    from: stamp(b.from.getTime()),
    to: stamp(b.to.getTime()),
    window: b.window,
  }));
  const queued = waiting(world).filter((d) => d.state === "queued" && d.planned_at !== null);
  const soon = queued.filter((d) => (d.planned ?? 0) < now + 86_400_000);
  return {
    open,
    will_send: soon.map((d) => ({ delivery: d.id, at: d.planned_at ?? "" })),
    waits: waiting(world)
      .filter((d) => !soon.includes(d))
      .map((d) => ({ delivery: d.id, reason: reasonOf(world, d, now) ?? d.state, until: d.planned_at })),
    moved,
  };
}

const NAMES = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

export function readDays(days: string): string[] {
  if (days === "daily") return [...NAMES];
  return days.split(",").flatMap((piece) => {
    const [from = "", to] = piece.trim().split("-");
    const [a, b] = [NAMES.indexOf(from), NAMES.indexOf(to ?? from)];
    if (a < 0 || b < 0) refuse("bad_days", { text: days });
    const steps = (b + 7 - a) % 7;
    return Array.from({ length: steps + 1 }, (_, step) => NAMES[(a + step) % 7] ?? "");
  });
}

function knownZone(zone: string | null): void {
  if (zone === null) return;
  try {
    Intl.DateTimeFormat("en", { timeZone: zone });
  } catch {
    refuse("unknown_zone", { zone });
  }
}

/** A date that exists, as `2026-11-25`. */
export function readDate(text: string): string {
  const at = new Date(`${text}T00:00:00Z`);
  if (Number.isNaN(at.getTime()) || at.toISOString().slice(0, 10) !== text) refuse("bad_date", { text });
  return text;
}

export function period(world: World, name: string, title: string, input: PeriodInput): WindowView {
  known(world, input.accounts);
  const days = readDays(input.days);
  for (const text of [input.from, input.to])
    if (!/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/.test(text)) refuse("bad_time", { text });
  if (!["usual", "skip", "also"].includes(input.holidays ?? "usual"))
    refuse("usage", { text: input.holidays ?? "" });
  for (const day of [input.first_day, input.last_day]) if (day !== null) readDate(day);
  if (input.from === input.to) refuse("window_empty");
  knownZone(input.zone);
  if (input.first_day && input.last_day && input.first_day > input.last_day) refuse("window_dates");
  return {
    name,
    title,
    days,
    from: input.from,
    to: input.to,
    zone: input.zone,
    accounts: input.accounts.length > 0 ? input.accounts : null,
    holidays: input.holidays ?? "usual",
    enabled: true,
    first_day: input.first_day,
    last_day: input.last_day,
  };
}

/** Work hours are never longer on holidays. */
export function workHours(world: World, name: string, input: PeriodInput): WindowView {
  if (input.holidays === "also") refuse("usage", { text: "--holidays also" });
  return period(world, name, "", { ...input, holidays: input.holidays ?? "skip" });
}

/** What a patch names changes; `system` and no text take a zone and a day away. */
export function patched(world: World, old: WindowView, patch: Call<"window_edit">["patch"]): WindowView {
  const day = (wanted: string | null, was: string | null) => (wanted === null ? was : wanted || null);
  const input = {
    days: patch.days ?? old.days.join(","),
    from: patch.from ?? old.from,
    to: patch.to ?? old.to,
    zone: patch.zone === null ? old.zone : patch.zone === "system" ? null : patch.zone,
    accounts: patch.accounts ?? old.accounts ?? [],
    holidays: patch.holidays ?? old.holidays,
    first_day: day(patch.first_day, old.first_day),
    last_day: day(patch.last_day, old.last_day),
  };
  return { ...period(world, old.name, patch.title ?? old.title, input), enabled: old.enabled };
}

export function accountAdd(world: World, call: Call<"account_add">) {
  const handle = call.handle ?? (call.network === "mastodon" ? "haruka" : "practice");
  if (call.network !== "practice" && (call.secret === null || call.secret.includes("wrong"))) {
    refuse("sign_in_refused", { words: "Invalid identifier or password", server_code: "401" });
  }
  if (!["practice", "bluesky", "mastodon"].includes(call.network))
    refuse("not_built_yet", { what: call.network });
  const same = world.accounts.find((a) => a.network === call.network && a.handle === handle);
  if (same) refuse("account_exists", { account: same.handle });
  const server = call.server ?? (call.network === "bluesky" ? "https://bsky.social" : "");
  const made = account(nextId(world, "account"), call.network, handle, call.persona ?? "personal", server);
  world.accounts.push(made);
  return made;
}

/** Begun, and not ended: what the browser is to answer. */
export function signInBegin(world: World, call: Call<"sign_in_begin">) {
  const network = call.account ? world.accounts.find((a) => a.id === call.account)?.network : call.network;
  if (network === "bluesky" || network === "practice") refuse("no_browser_sign_in", { network });
  const id = nextId(world, "signin");
  world.signIns.set(id, { call, network: network ?? "mastodon" });
  return { id, url: `https://${network}.example/allow?state=${id}`, until: stamp(Date.now() + 300_000) };
}

export function signInWait(world: World, call: Call<"sign_in_wait">) {
  const begun = world.signIns.get(call.id);
  if (!begun) refuse("unknown_sign_in", {});
  if (call.pasted?.includes("wrong"))
    refuse("sign_in_refused", { words: "invalid_grant", server_code: "400" });
  world.signIns.delete(call.id);
  const known = world.accounts.find((a) => a.id === begun.call.account);
  if (known) {
    known.health = "ok";
    return { ...known, moved: [] };
  }
  const server = begun.call.server ?? `https://${begun.network}.example`;
  const persona = begun.call.persona ?? "personal";
  const made = account(nextId(world, "account"), begun.network, "haruka", persona, server);
  made.client_name = begun.call.client_name;
  world.accounts.push(made);
  return { ...made, moved: [] };
}

export function picture(world: World, data: string, bytes: number): PictureAdded {
  const added = {
    id: nextId(world, "picture"),
    alt: "",
    mime: "image/png",
    width: 64,
    height: 64,
    bytes,
    sha256: "0".repeat(64),
    removed: true,
  };
  world.pictures.set(added.id, { ...added, data });
  return added;
}
