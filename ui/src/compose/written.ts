// What is written, as the host keeps it, and a kept draft as the composer shows it: whole, or not at all.
import type { ContentInput, DraftDetail, Visibility } from "../api.next";
import type { Attached } from "./pictures";

/** What a draft may have that the composer shows and keeps, but does not make. */
export interface Rest {
  reply_to: string | null;
  quote: string | null;
  repost: string | null;
  quiet_reply: boolean;
  /** Network to its own text. */
  variants: Record<string, string>;
}

/** The text of every network that has none of its own. */
export const COMMON = "";

/** A post that stands by itself. */
export const ALONE = { reply_to: null, quote: null, repost: null, quiet_reply: false } as const;
export const NO_REST: Rest = { ...ALONE, variants: {} };

export const hasRest = (rest: Rest) =>
  Boolean(rest.reply_to || rest.quote || rest.repost || rest.quiet_reply) ||
  Object.keys(rest.variants).length > 0;

export interface Shown {
  text: string;
  pictures: Attached[];
  rest: Rest;
}

export interface Piece {
  text: string;
  /** Where it begins in the whole, in UTF-16. */
  at: number;
}

export const isRule = (line: string) => line.trim() === "---";

/** The pieces between rules, as the host cuts them: without white space at their ends, blank ones left out. */
export function piecesOf(text: string): Piece[] {
  const found: Piece[] = [];
  let from = 0;
  let at = 0;
  const end = (to: number) => {
    const section = text.slice(from, to);
    const piece = section.trim();
    if (piece !== "") found.push({ text: piece, at: from + section.indexOf(piece) });
  };
  for (const line of text.split(/(?<=\n)/)) {
    if (isRule(line)) {
      end(at);
      from = at + line.length;
    }
    at += line.length;
  }
  end(text.length);
  return found;
}

/** Piece `from` stands at `to`; where pieces begin and end is written anew. */
export function reordered(text: string, from: number, to: number): string {
  const pieces = piecesOf(text).map((piece) => piece.text);
  pieces.splice(to, 0, ...pieces.splice(from, 1));
  return pieces.join("\n---\n");
}

/** Where what stood at `at` stands once what stood at `from` stands at `to`. */
export function placeAfter(at: number, from: number, to: number): number {
  if (at === from) return to;
  if (from < at && at <= to) return at - 1;
  return to <= at && at < from ? at + 1 : at;
}

export const hasRule = (text: string) => text.split("\n").some(isRule);

interface Writes {
  text: string;
  cw: string | null;
  visibility: Visibility | null;
  lang: string | null;
  rest: Rest;
}

/** One text holds all pieces; the pictures of part N belong to its piece N, as the host has it. */
export function contentOf(
  { text, cw, visibility, lang, rest }: Writes,
  pictures: readonly Attached[],
): ContentInput {
  const last = Math.max(0, ...pictures.map((picture) => picture.part));
  const parts = Array.from({ length: last + 1 }, (_, part) => ({
    text: part === 0 ? text : "",
    media: pictures
      .filter((picture) => picture.part === part)
      .map(({ id, alt }) => ({ path: null, media: id, alt })),
  }));
  const { variants, ...around } = rest;
  return { parts, cw: cw === "" ? null : cw, visibility, lang, ...around, variants: { ...variants } };
}

/** null: it cannot be shown as one text without something of it going elsewhere. */
export function shownOf({ content, reply_to }: DraftDetail): Shown | null {
  const { parts, variants } = content;
  const blank = (part: { text: string }) => part.text.trim() === "";
  const { quote = null, repost = null, quiet_reply = false } = content;
  const rest = { reply_to, quote, repost, quiet_reply, variants: { ...variants } };
  const texts = parts.filter((part) => !blank(part));
  const taken = (media: (typeof parts)[number]["media"], part: number) =>
    media.map(({ id, alt, bytes }) => ({ id, alt, bytes, removed: null, part }));
  if (texts.length <= 1) {
    const text = (texts[0] ?? parts[0])?.text ?? "";
    return { text, pictures: parts.flatMap((part, n) => taken(part.media, n)), rest };
  }
  const own = Object.entries(variants);
  // Where it would be cut into more pieces than the first part, the pictures behind it would stand with others.
  const fits = (text: string) => piecesOf(text).length === piecesOf(texts[0]?.text ?? "").length;
  if (own.some(([, text]) => text.trim() === "" || !fits(text)) || (own.length > 0 && texts[0] !== parts[0]))
    return null;
  const pictures: Attached[] = [];
  let before = 0;
  let left = texts.length;
  for (const part of parts) {
    if (!blank(part)) left -= 1;
    else if (part.media.length > 0 && left > 0) return null;
    pictures.push(...taken(part.media, before));
    before += blank(part) ? (part.media.length > 0 ? 1 : 0) : piecesOf(part.text).length;
  }
  // A network's own text stands for the first part: what follows is the same for all.
  const whole = (first: string) => [first, ...texts.slice(1).map((part) => part.text)].join("\n---\n");
  rest.variants = Object.fromEntries(own.map(([network, text]) => [network, whole(text)]));
  return { text: whole(texts[0]?.text ?? ""), pictures, rest };
}

/** The same post, however it was cut when it was kept. A draft may name no language. */
export function sameContent(one: ContentInput, kept: DraftDetail): boolean {
  const shown = shownOf(kept);
  if (!shown) return false;
  const { cw, visibility, lang } = kept;
  const whole = { ...shown, cw, visibility: visibility as Visibility | null, lang: lang ?? one.lang };
  return plain(contentOf(whole, shown.pictures)) === plain(one);
}

function plain(content: ContentInput): string {
  const { parts, cw, visibility, lang, reply_to, quote, repost, quiet_reply, variants } = content;
  const media = parts.map((part) => part.media.map((picture) => [picture.media, picture.alt]));
  const own = Object.entries(variants).sort(([a], [b]) => (a < b ? -1 : 1));
  const around = [reply_to, quote ?? null, repost ?? null, quiet_reply ?? false];
  return JSON.stringify([parts.map((part) => part.text), media, cw || null, visibility, lang, around, own]);
}
