// What the guard found, for the eye: two at most, the worst first, and where in the text they are.
import type { AccountCheck, FindingView } from "../api.next";
import { COMMON, piecesOf } from "./written";

export const SHOWN_AT_MOST = 2;

const ORDER = ["block", "hold", "warn", "note"];

/** `blank`: an empty page needs no telling-off: the button says why it waits. */
export function sorted(findings: readonly FindingView[], blank = true): FindingView[] {
  const rank = (finding: FindingView) => ORDER.indexOf(finding.severity);
  const told = (finding: FindingView) => finding.rule !== "empty" || (!blank && finding.account !== null);
  return findings.filter(told).sort((a, b) => rank(a) - rank(b));
}

export const blocks = (findings: readonly FindingView[]) =>
  findings.some((finding) => finding.severity === "block");

export interface Written {
  /** The text in sight. */
  text: string;
  thread: boolean;
  /** Whose it is: a network that has words of its own, or COMMON. */
  sight: string;
  /** Networks that have words of their own. */
  own: readonly string[];
}

export interface Found extends FindingView {
  /** The text that it is in, where that is not the one in sight. */
  elsewhere?: string;
}

/**
 * Findings count code points within the part that a network gets. Here `from` and `to` count within the text in sight as a
 * textarea does, in UTF-16; or nowhere, where the host has cut further than the text shows or it is in another text.
 */
export function inWhole(
  findings: readonly FindingView[],
  { text, thread, own, sight }: Written,
  checks: Readonly<Record<string, AccountCheck | undefined>>,
  networks: Readonly<Record<string, string>>,
): Found[] {
  if (findings.every(({ from }) => from === null)) return [...findings];
  const pieces = thread ? piecesOf(text) : [{ text, at: 0 }];
  const points = pointsAt(
    text,
    pieces.map(({ at }) => at),
  );
  const textOf = (account: string) =>
    own.includes(networks[account] ?? "") ? (networks[account] ?? "") : COMMON;
  const whose = (finding: FindingView) =>
    Object.entries(checks).filter(([id]) => (finding.account ?? id) === id);
  const begins = (finding: FindingView): number | null => {
    const part = finding.part ?? 1;
    const here = whose(finding).filter(([id]) => textOf(id) === sight);
    if (part > 1 && here.some(([, check]) => check?.parts !== pieces.length)) return null;
    return points[part - 1] ?? null;
  };
  const elsewhere = (finding: FindingView): string | undefined => {
    const texts = finding.account ? [textOf(finding.account)] : whose(finding).map(([id]) => textOf(id));
    return texts.length === 0 || texts.includes(sight) ? undefined : texts[0];
  };
  const placed = findings.map((finding): Found => {
    if (finding.from === null || finding.to === null) return finding;
    const other = elsewhere(finding);
    if (other !== undefined) return { ...finding, from: null, to: null, elsewhere: other };
    const at = begins(finding);
    if (at === null) return { ...finding, from: null, to: null };
    return { ...finding, from: finding.from + at, to: finding.to + at };
  });
  const ends = placed.flatMap(({ from, to }) => (from === null || to === null ? [] : [from, to]));
  const wanted = [...new Set(ends)].sort((a, b) => a - b);
  const units = unitsAt(text, wanted);
  const unit = new Map(wanted.map((point, index) => [point, units[index] ?? text.length]));
  const there = (point: number | null) => (point === null ? null : (unit.get(point) ?? null));
  return placed.map((finding) => ({ ...finding, from: there(finding.from), to: there(finding.to) }));
}

/**
 * The same findings in a text that was changed since it was checked: those behind the change move with their words, one
 * around it grows with it, and one that is cut into has no place until the next check.
 */
export function moved(findings: readonly Found[], before: string, now: string): readonly Found[] {
  if (before === now || findings.every(({ from }) => from === null)) return findings;
  const shorter = Math.min(before.length, now.length);
  let same = 0;
  while (same < shorter && before.charCodeAt(same) === now.charCodeAt(same)) same += 1;
  let end = 0;
  const back = (text: string) => text.charCodeAt(text.length - 1 - end);
  while (end < shorter - same && back(before) === back(now)) end += 1;
  const rest = before.length - end;
  const by = now.length - before.length;
  return findings.map((finding) => {
    const { from, to } = finding;
    if (from === null || to === null || to <= same) return finding;
    if (from >= rest) return { ...finding, from: from + by, to: to + by };
    if (from <= same && to >= rest && to + by > from) return { ...finding, to: to + by };
    return { ...finding, from: null, to: null };
  });
}

export interface Piece {
  text: string;
  severity: string | null;
}

const wide = (text: string, unit: number) => ((text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1);

/** How many code points stand before each of these UTF-16 positions, which ascend. One way through, at every key. */
function pointsAt(text: string, units: readonly number[]): number[] {
  let [point, unit] = [0, 0];
  return units.map((wanted) => {
    for (; unit < wanted && unit < text.length; point += 1) unit += wide(text, unit);
    return point;
  });
}

/** Code point positions, which ascend, as UTF-16 counts them. */
function unitsAt(text: string, points: readonly number[]): number[] {
  let [point, unit] = [0, 0];
  return points.map((wanted) => {
    for (; point < wanted && unit < text.length; point += 1) unit += wide(text, unit);
    return unit;
  });
}

/** The text in pieces, marked where a finding points, in UTF-16. The first finding wins. */
export function pieces(text: string, findings: readonly FindingView[]): Piece[] {
  const placed = findings.flatMap(({ from, to, severity }) =>
    from === null || to === null ? [] : [{ from, to, severity }],
  );
  const ends = placed.flatMap(({ from, to }) => [from, to]);
  const cuts = [...new Set([0, ...ends])].sort((a, b) => a - b);
  const found: Piece[] = [];
  cuts.forEach((cut, index) => {
    const piece = text.slice(cut, cuts[index + 1]);
    if (piece === "") return;
    const severity = placed.find(({ from, to }) => from <= cut && cut < to)?.severity ?? null;
    const last = found.at(-1);
    if (last?.severity === severity) last.text += piece;
    else found.push({ text: piece, severity });
  });
  return found;
}

/** A line of the text, and its end: a block of its own, so that a key lays out no line but its own. */
export interface Line {
  pieces: Piece[];
}

export function lines(text: string, findings: readonly FindingView[]): Line[] {
  let line: Line = { pieces: [] };
  const all = [line];
  for (const piece of pieces(text, findings)) {
    piece.text.split("\n").forEach((text, n) => {
      if (n > 0) {
        line = { pieces: [] };
        all.push(line);
      }
      if (text !== "") line.pieces.push({ ...piece, text });
    });
  }
  return all;
}

/** Lines that are as they were stay the same objects, at the beginning and at the end: whoever draws them leaves them alone. */
export function kept(before: readonly Line[], now: readonly Line[]): Line[] {
  const same = (a: Line | undefined, b: Line | undefined) =>
    a !== undefined &&
    b !== undefined &&
    a.pieces.length === b.pieces.length &&
    a.pieces.every(
      ({ text, severity }, n) => b.pieces[n]?.text === text && b.pieces[n]?.severity === severity,
    );
  const shorter = Math.min(before.length, now.length);
  let begin = 0;
  while (begin < shorter && same(before[begin], now[begin])) begin += 1;
  let end = 0;
  while (end < shorter - begin && same(before.at(-1 - end), now.at(-1 - end))) end += 1;
  return [
    ...before.slice(0, begin),
    ...now.slice(begin, now.length - end),
    ...before.slice(before.length - end),
  ];
}
