// What the guard found, for the eye: two at most, the worst first, and where in the text they are.
import type { FindingView } from "../api.next";

export const SHOWN_AT_MOST = 2;

const ORDER = ["block", "hold", "warn", "note"];

export function sorted(findings: readonly FindingView[]): FindingView[] {
  const rank = (finding: FindingView) => ORDER.indexOf(finding.severity);
  // An empty page needs no telling-off: the button says why it waits.
  return findings.filter((finding) => finding.rule !== "empty").sort((a, b) => rank(a) - rank(b));
}

export const blocks = (findings: readonly FindingView[]) =>
  findings.some((finding) => finding.severity === "block");

export interface Piece {
  text: string;
  severity: string | null;
}

/** The text in pieces, marked where a finding points; `from` and `to` count code points. */
export function pieces(text: string, findings: readonly FindingView[]): Piece[] {
  const points = [...text];
  const severity: (string | null)[] = points.map(() => null);
  for (const finding of [...findings].reverse()) {
    if (finding.from === null || finding.to === null || (finding.part ?? 1) !== 1) continue;
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
