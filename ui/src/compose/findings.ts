// What the guard found, for the eye: two at most, the worst first, and where in the text they are.
import type { AccountCheck, FindingView } from "../api.next";
import { piecesOf } from "./written";

export const SHOWN_AT_MOST = 2;

const ORDER = ["block", "hold", "warn", "note"];

export function sorted(findings: readonly FindingView[]): FindingView[] {
  const rank = (finding: FindingView) => ORDER.indexOf(finding.severity);
  // An empty page needs no telling-off: the button says why it waits.
  return findings.filter((finding) => finding.rule !== "empty").sort((a, b) => rank(a) - rank(b));
}

export const blocks = (findings: readonly FindingView[]) =>
  findings.some((finding) => finding.severity === "block");

export interface Written {
  text: string;
  thread: boolean;
  /** Networks that get a text of their own. */
  own: readonly string[];
}

/**
 * Findings count within the part that a network gets; here they count within the whole text, or nowhere, where the host
 * has cut further than the text shows or the network gets another text.
 */
export function inWhole(
  findings: readonly FindingView[],
  { text, thread, own }: Written,
  checks: Readonly<Record<string, AccountCheck | undefined>>,
  networks: Readonly<Record<string, string>>,
): FindingView[] {
  if (findings.every(({ from }) => from === null)) return [...findings];
  const pieces = thread ? piecesOf(text) : [{ text, at: 0 }];
  const points = pointsAt(
    text,
    pieces.map(({ at }) => at),
  );
  const begins = (finding: FindingView): number | null => {
    const part = finding.part ?? 1;
    const its = Object.entries(checks).filter(([id]) => (finding.account ?? id) === id);
    if (its.some(([id]) => own.includes(networks[id] ?? ""))) return null;
    if (part > 1 && its.some(([, check]) => check?.parts !== pieces.length)) return null;
    return points[part - 1] ?? null;
  };
  return findings.map((finding) => {
    if (finding.from === null || finding.to === null) return finding;
    const at = begins(finding);
    return at === null
      ? { ...finding, from: null, to: null }
      : { ...finding, from: finding.from + at, to: finding.to + at };
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

/** The text in pieces, marked where a finding points; `from` and `to` count code points. The first finding wins. */
export function pieces(text: string, findings: readonly FindingView[]): Piece[] {
  const placed = findings.flatMap(({ from, to, severity }) =>
    from === null || to === null ? [] : [{ from, to, severity }],
  );
  const ends = placed.flatMap(({ from, to }) => [from, to]);
  const cuts = [...new Set([0, ...ends])].sort((a, b) => a - b);
  const units = unitsAt(text, cuts);
  const found: Piece[] = [];
  cuts.forEach((cut, index) => {
    const piece = text.slice(units[index], units[index + 1]);
    if (piece === "") return;
    const severity = placed.find(({ from, to }) => from <= cut && cut < to)?.severity ?? null;
    const last = found.at(-1);
    if (last?.severity === severity) last.text += piece;
    else found.push({ text: piece, severity });
  });
  return found;
}

/** Code point positions as a textarea counts them. */
export function selection(text: string, { from, to }: FindingView): [number, number] | null {
  if (from === null || to === null) return null;
  const [begin = 0, end = 0] = unitsAt(text, [from, to]);
  return [begin, end];
}
