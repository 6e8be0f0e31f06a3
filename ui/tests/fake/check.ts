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

export function check(
  accounts: AccountView[],
  content: ContentInput,
  thread: boolean,
): Omit<Findings, "times"> {
  const findings: FindingView[] = [];
  const per: Record<string, AccountCheck> = {};
  const cut = (of: ContentInput) =>
    of.parts
      .flatMap((part) => (thread ? piecesOf(part.text) : [part.text]))
      .filter((one, n) => n === 0 || one !== "");
  const parts = cut(content);
  const media = content.parts.flatMap((part) => part.media);
  const blank = parts.every((text) => text.trim() === "") && media.length === 0;
  if (blank && !content.repost) findings.push(finding("empty", "block"));
  if (!blank && content.repost) findings.push(finding("repost_with_words", "block", { part: null }));
  for (const account of accounts) {
    const limit = LIMITS[account.network] ?? 500;
    const cw = account.network === "bluesky" ? 0 : count(content.cw ?? "");
    const parts = cut(ownOf(content, account.network));
    const length = Math.max(0, ...parts.map((text) => count(text.trim()))) + cw;
    per[account.id] = {
      length,
      limit,
      bells: BELLS[account.network] ?? "unknown",
      cost_usd:
        account.network === "x" ? (/https?:/.test(parts.join(" ")) ? 0.2 : 0.015) * parts.length : null,
      parts: parts.length,
    };
    if (length > limit) {
      const args = { over: String(length - limit), count: String(length), max: String(limit) };
      const part = parts.findIndex((one) => count(one.trim()) + cw === length);
      const to = [...(parts[part] ?? "")].length;
      const place = { part: part + 1, from: limit - cw, to };
      findings.push(finding("too_long", "block", { account: account.id, args, ...place }));
    }
    if (content.cw && account.network === "bluesky") {
      findings.push(
        finding("cw_becomes_label", "warn", { account: account.id, args: { network: "bluesky" } }),
      );
    }
    if (content.visibility && account.network !== "mastodon") {
      const args = { network: account.network, visibility: content.visibility };
      findings.push(finding("visibility_unknown", "block", { account: account.id, args }));
    }
  }
  content.parts.forEach(({ media }, part) => {
    media.forEach(({ alt }, index) => {
      const place = { part: part + 1, args: { picture: String(index + 1) } };
      if (alt === "") findings.push(finding("alt_missing", "note", place));
      const max = String(ALT_MAX);
      const args = { ...place.args, count: String(alt.length), max, over: String(alt.length - ALT_MAX) };
      if (alt.length > ALT_MAX) findings.push(finding("alt_too_long", "block", { ...place, args }));
    });
  });
  parts.forEach((part, index) => {
    const from = [...part].findIndex((point) => /[\u200b\u2060\u202e]/.test(point));
    const place = { part: index + 1, from, to: from + 1, args: { count: "1", code: "U+200B" } };
    if (from >= 0) findings.push(finding("invisible_characters", "warn", place));
  });
  return { findings, accounts: per };
}
