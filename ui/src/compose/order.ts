// Where a picture stands: with a part of the thread, and among the pictures of that part. All stand part by part.
import type { Attached } from "./pictures";
import { isRule, piecesOf } from "./written";

export interface Place {
  /** 0: the first. */
  part: number;
  /** How many of the part's other pictures stand before it; more than there are: it is the last. */
  at: number;
}

export function placeOf(all: readonly Attached[], id: string): Place | null {
  const picture = all.find((one) => one.id === id);
  if (!picture) return null;
  const { part } = picture;
  return { part, at: all.filter((one) => one.part === part).indexOf(picture) };
}

export function put(all: readonly Attached[], picture: Attached, { part, at }: Place): Attached[] {
  const others = all.filter((one) => one.id !== picture.id);
  const its = others.filter((one) => one.part === part);
  its.splice(Math.max(0, at), 0, { ...picture, part });
  const before = others.filter((one) => one.part < part);
  return [...before, ...its, ...others.filter((one) => one.part > part)];
}

/** One earlier or later; beyond the end of its part it goes to the next one. null: there is no further. */
export function stepped(all: readonly Attached[], id: string, by: -1 | 1, parts: number): Place | null {
  const place = placeOf(all, id);
  if (!place) return null;
  const { part, at } = place;
  const of = (which: number) => all.filter((one) => one.part === which).length;
  if (at + by >= 0 && at + by < of(part)) return { part, at: at + by };
  const other = part + by;
  if (other < 0 || other >= parts) return null;
  return { part: other, at: by < 0 ? of(other) : 0 };
}

/** As many parts as the text shows, and those that have pictures alone. */
export function partsOf(text: string, all: readonly Attached[]): number {
  return Math.max(1, piecesOf(text).length, ...all.map((one) => one.part + 1));
}

/** The piece that the caret is in, or that begins there once something is written. */
export function pieceAt(text: string, caret: number): number {
  let from = 0;
  let at = 0;
  for (const line of text.slice(0, caret).split(/(?<=\n)/)) {
    at += line.length;
    if (line.endsWith("\n") && isRule(line)) from = at;
  }
  return piecesOf(text.slice(0, from)).length;
}
