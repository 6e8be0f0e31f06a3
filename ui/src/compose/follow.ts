// Pictures stay with their words: a rule that comes or goes, a part that is emptied and written anew, a part that is cut
// out. What is counted here is what stands between rules, blank or not; what goes out is counted without the blank ones.
import type { Attached } from "./pictures";
import { isRule } from "./written";

const blank = (section: string) => section.trim() === "";

function sectionsOf(text: string): string[] {
  const found = [""];
  for (const line of text.split(/(?<=\n)/)) {
    if (isRule(line)) found.push("");
    else found[found.length - 1] += line;
  }
  return found;
}

/** Behind the last words there may be pictures alone. */
const afterWords = (sections: readonly string[]) => sections.findLastIndex((one) => !blank(one)) + 1;
const written = (sections: readonly string[]) => sections.filter((one) => !blank(one)).length;

function sectionOf(sections: readonly string[], part: number): number {
  let left = part;
  for (const [at, section] of sections.entries()) {
    if (blank(section)) continue;
    if (left === 0) return at;
    left -= 1;
  }
  return afterWords(sections) + left;
}

/** A blank one in the middle is none: until something is written there, its pictures go with what stands before it. */
function partOf(sections: readonly string[], at: number): number {
  const words = afterWords(sections);
  if (at >= words) return written(sections) + at - words;
  const before = written(sections.slice(0, at));
  return blank(sections[at] ?? "") ? Math.max(0, before - 1) : before;
}

/** Where each section of before is now: what is the same at both ends stays, and what was between them is between them. */
function moved(before: readonly string[], after: readonly string[]): (at: number) => number {
  const most = Math.min(before.length, after.length);
  const same = (a: number, b: number) => before[a]?.trim() === after[b]?.trim();
  let head = 0;
  while (head < most && same(head, head)) head += 1;
  let tail = 0;
  while (tail < most - head && same(before.length - 1 - tail, after.length - 1 - tail)) tail += 1;
  const by = after.length - before.length;
  const left = after.length - head - tail;
  return (at) => {
    if (at < head) return at;
    // A rule behind all there was is for what stands alone there.
    if (at >= before.length && (head === before.length || blank(after.at(-1) ?? ""))) return at;
    if (at >= before.length - tail) return at + by;
    if (left === 0) return Math.max(0, Math.min(head, after.length - 1));
    return head + Math.min(at - head, left - 1);
  };
}

export class Follow {
  /** Where a picture belongs, if that says more than its part does. */
  #at = new Map<string, number>();

  /** The pictures with the parts that they have in the text as it is now. */
  typed(before: string, after: string, all: readonly Attached[]): Attached[] {
    const [old, now] = [sectionsOf(before), sectionsOf(after)];
    const whither = moved(old, now);
    const at = new Map<string, number>();
    const placed = all.map((picture) => {
      const known = this.#at.get(picture.id);
      const section =
        known !== undefined && partOf(old, known) === picture.part ? known : sectionOf(old, picture.part);
      const next = whither(section);
      at.set(picture.id, next);
      const part = partOf(now, next);
      return part === picture.part ? picture : { ...picture, part };
    });
    this.#at = at;
    if (placed.every((picture, n) => picture === all[n])) return [...all];
    return placed.toSorted((a, b) => a.part - b.part);
  }
}
