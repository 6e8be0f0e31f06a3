// The practice world's guard: length by graphemes, missing descriptions, invisible characters, nothing at all.
import type { AccountCheck, AccountView, ContentInput, Findings, FindingView } from "../../src/api.next";

const LIMITS: Record<string, number> = { bluesky: 300, mastodon: 500, practice: 500 };
const ALT_MAX = 1500;
const BELLS: Record<string, string> = { bluesky: "unknown", mastodon: "unknown", practice: "silent" };

const segmenter = new Intl.Segmenter("ja", { granularity: "grapheme" });
const count = (text: string) => [...segmenter.segment(text)].length;

function finding(rule: string, severity: string, rest: Partial<FindingView> = {}): FindingView {
  return { rule, severity, message: "", account: null, part: 1, from: null, to: null, ...rest };
}

/** The pieces between rules, as the host cuts them: trimmed, and what is blank left out. */
function piecesOf(text: string): string[] {
  const pieces = [""];
  for (const line of text.split("\n")) {
    if (line.trim() === "---") pieces.push("");
    else pieces[pieces.length - 1] += `${line}\n`;
  }
  return pieces.map((piece) => piece.trim()).filter((piece) => piece !== "");
}

/** A network's own text stands for the first part. */
export function ownOf(content: ContentInput, network: string): ContentInput {
  const own = content.variants[network];
  if (own === undefined) return content;
  const [first = { text: "", media: [] }, ...rest] = content.parts;
  return { ...content, parts: [{ ...first, text: own }, ...rest], variants: {} };
}

/** Cut at words where there are some: what fits, part by part. */
function cutTo(text: string, fits: (part: string) => boolean): string[] {
  if (fits(text)) return [text];
  const parts: string[] = [];
  let left = text;
  while (left !== "" && !fits(left)) {
    let end = [...left].length - 1;
    const head = (to: number) => [...left].slice(0, to).join("");
    while (end > 1 && !fits(head(end))) end -= Math.max(1, Math.floor(end / 50));
    const space = head(end).lastIndexOf(" ");
    const cut = space > 0 ? left.slice(0, space) : head(end);
    parts.push(cut.trim());
    left = left.slice(cut.length).trim();
  }
  return left === "" ? parts : [...parts, left];
}

interface Cut {
  thread: boolean;
  numbered: boolean;
}

/** The parts as this network gets them: at rules, too long ones cut, with the pictures of part N at piece N. */
export function partsFor(content: ContentInput, network: string, { thread, numbered }: Cut) {
  const own = ownOf(content, network);
  const cw = network === "bluesky" ? 0 : count(content.cw ?? "");
  const limit = LIMITS[network] ?? 500;
  if (!(thread || numbered) || own.repost)
    return own.parts.map(({ text, media }) => ({ text, media: media.length, cw }));
  const pieces = own.parts.flatMap(({ text }) => piecesOf(text));
  const most = Math.max(pieces.length, own.parts.findLastIndex(({ media }) => media.length > 0) + 1);
  const whole = Array.from({ length: most }, (_, n) => ({
    text: pieces[n] ?? "",
    media: own.parts[n]?.media.length ?? 0,
  }));
  const room = numbered ? 6 : 0;
  const fits = (part: string) => count(part) + cw + room <= limit;
  const cut = whole.flatMap(({ text, media }) =>
    cutTo(text, fits).map((part, n) => ({ text: part, media: n === 0 ? media : 0, cw })),
  );
  if (!numbered || cut.length < 2) return cut;
  return cut.map((part, n) => ({ ...part, text: `${part.text} ${n + 1}/${cut.length}` }));
}

const LIKE_THE_GUARD = ["empty", "alt_missing", "invisible_characters", "repost_with_words"];

export function check(accounts: AccountView[], content: ContentInput, cut: Cut): Omit<Findings, "times"> {
  const per: Record<string, AccountCheck> = {};
  const found = accounts.flatMap((account) => {
    const [check, findings] = of(account, content, cut);
    per[account.id] = check;
    return findings;
  });
  // What every account has in common is said once.
  const same = (a: FindingView, b: FindingView) =>
    JSON.stringify({ ...a, account: null }) === JSON.stringify({ ...b, account: null });
  const common = (one: FindingView) =>
    LIKE_THE_GUARD.includes(one.rule) && found.filter((other) => same(one, other)).length >= accounts.length;
  const once = found.filter((one, n) => !common(one) || found.findIndex((other) => same(one, other)) === n);
  return { findings: once.map((one) => (common(one) ? { ...one, account: null } : one)), accounts: per };
}

function of(account: AccountView, content: ContentInput, cut: Cut): [AccountCheck, FindingView[]] {
  const { network } = account;
  const findings: FindingView[] = [];
  const add = (rule: string, severity: string, rest: Partial<FindingView> = {}) =>
    findings.push(finding(rule, severity, { account: account.id, ...rest }));
  const parts = partsFor(content, network, cut);
  const limit = LIMITS[network] ?? 500;
  const media = content.parts.some((part) => part.media.length > 0);
  const blank = parts.every(({ text }) => text.trim() === "") && !media;
  if (blank && !content.repost) add("empty", "block");
  if (!blank && content.repost) add("repost_with_words", "block", { part: null });
  const price = (text: string) => (network === "x" ? (/https?:/.test(text) ? 0.2 : 0.015) : null);
  const pieces = parts.map(({ text, media, cw }, n) => ({
    text,
    length: count(text.trim()) + cw,
    pictures: media,
    bells: n > 0 && network === "mastodon" ? "rings" : (BELLS[network] ?? "unknown"),
    cost_usd: price(text),
  }));
  const sum = pieces.reduce((all, piece) => all + (piece.cost_usd ?? 0), 0);
  const length = Math.max(0, ...pieces.map((piece) => piece.length));
  parts.forEach(({ text, cw }, n) => {
    const over = (pieces[n]?.length ?? 0) - limit;
    if (over <= 0) return;
    const args = { over: String(over), count: String(over + limit), max: String(limit) };
    add("too_long", "block", { args, part: n + 1, from: limit - cw, to: [...text].length });
  });
  if (content.cw && network === "bluesky") add("cw_becomes_label", "warn", { args: { network } });
  if (content.visibility && network !== "mastodon")
    add("visibility_unknown", "block", { args: { network, visibility: content.visibility } });
  content.parts.forEach(({ media }, part) => {
    media.forEach(({ alt }, index) => {
      const place = { part: part + 1, args: { picture: String(index + 1) } };
      if (alt === "") add("alt_missing", "note", place);
      const max = String(ALT_MAX);
      const args = { ...place.args, count: String(alt.length), max, over: String(alt.length - ALT_MAX) };
      if (alt.length > ALT_MAX) add("alt_too_long", "block", { ...place, args });
    });
  });
  parts.forEach(({ text }, index) => {
    const from = [...text].findIndex((point) => /[\u200b\u2060\u202e]/.test(point));
    const place = { part: index + 1, from, to: from + 1, args: { count: "1", code: "U+200B" } };
    if (from >= 0) add("invisible_characters", "warn", place);
  });
  const check = {
    length,
    limit,
    bells: pieces[0]?.bells ?? "unknown",
    cost_usd: network === "x" ? sum : null,
    parts: parts.length,
    alt_max: ALT_MAX,
    pieces,
  };
  return [check, findings];
}
