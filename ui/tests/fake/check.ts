// The practice world's guard: length by graphemes, missing descriptions, invisible characters, nothing at all.
import type { AccountCheck, AccountView, ContentInput, Findings, FindingView } from "../../src/api.next";

const LIMITS: Record<string, number> = { bluesky: 300, mastodon: 500, practice: 500 };
const BELLS: Record<string, string> = { bluesky: "unknown", mastodon: "unknown", practice: "silent" };

const segmenter = new Intl.Segmenter("ja", { granularity: "grapheme" });
const count = (text: string) => [...segmenter.segment(text)].length;

function finding(rule: string, severity: string, rest: Partial<FindingView> = {}): FindingView {
  return { rule, severity, message: "", account: null, part: 1, from: null, to: null, ...rest };
}

export function check(
  accounts: AccountView[],
  content: ContentInput,
  thread: boolean,
): Omit<Findings, "times"> {
  const findings: FindingView[] = [];
  const per: Record<string, AccountCheck> = {};
  const parts = content.parts.flatMap((part) => (thread ? part.text.split(/^---$/m) : [part.text]));
  const media = content.parts.flatMap((part) => part.media);
  if (parts.every((text) => text.trim() === "") && media.length === 0)
    findings.push(finding("empty", "block"));
  for (const account of accounts) {
    const limit = LIMITS[account.network] ?? 500;
    const cw = account.network === "bluesky" ? 0 : count(content.cw ?? "");
    const length = Math.max(0, ...parts.map((text) => count(text.trim()))) + cw;
    per[account.id] = {
      length,
      limit,
      bells: BELLS[account.network] ?? "unknown",
      cost_usd: 0,
      parts: parts.length,
    };
    if (length > limit) {
      const args = { over: String(length - limit), count: String(length), max: String(limit) };
      const text = [...(parts[0] ?? "")];
      findings.push(
        finding("too_long", "block", { account: account.id, args, from: limit - cw, to: text.length }),
      );
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
  media.forEach((picture, index) => {
    if (picture.alt === "")
      findings.push(finding("alt_missing", "note", { args: { picture: String(index + 1) } }));
  });
  const invisible = [...parts.join("")].findIndex((point) => /[\u200b\u2060\u202e]/.test(point));
  if (invisible >= 0) {
    const args = { count: "1", code: "U+200B" };
    findings.push(finding("invisible_characters", "warn", { from: invisible, to: invisible + 1, args }));
  }
  return { findings, accounts: per };
}
