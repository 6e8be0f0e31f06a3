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
  const pieces = thread ? piecesOf(text) : [{ text, at: 0 }];
  const begins = (finding: FindingView): number | null => {
    const part = finding.part ?? 1;
    const its = Object.entries(checks).filter(([id]) => (finding.account ?? id) === id);
    if (its.some(([id]) => own.includes(networks[id] ?? ""))) return null;
    if (part > 1 && its.some(([, check]) => check?.parts !== pieces.length)) return null;
    const piece = pieces[part - 1];
    return piece ? [...text.slice(0, piece.at)].length : null;
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

/** The text in pieces, marked where a finding points; `from` and `to` count code points. */
export function pieces(text: string, findings: readonly FindingView[]): Piece[] {
  const points = [...text];
  const severity: (string | null)[] = points.map(() => null);
  for (const finding of [...findings].reverse()) {
    if (finding.from === null || finding.to === null) continue;
    severity.fill(finding.severity, finding.from, finding.to);
  }
  const found: Piece[] = [];
  points.forEach((point, index) => {
    const last = found.at(-1);
    const kind = severity[index] ?? null;
    if (last && last.severity === kind) last.text += point;
    else found.push({ text: point, severity: kind });
  });
  return found;
}

/** Code point positions as a textarea counts them. */
export function selection(text: string, finding: FindingView): [number, number] | null {
  if (finding.from === null || finding.to === null) return null;
  const points = [...text];
  const units = (to: number) => points.slice(0, to).join("").length;
  return [units(finding.from), units(finding.to)];
}
