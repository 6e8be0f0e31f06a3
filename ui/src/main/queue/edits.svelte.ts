// Edits under way. They outlast the row, the section and a change of language, and what is edited is on hold meanwhile: the
// old text cannot go out under the hands of who mends it.
import type { ContentInput, DeliveryView } from "../../api.next";

export interface Edit {
  delivery: DeliveryView;
  content: ContentInput;
  text: string;
  /** As it was when the edit began. */
  before: string;
  /** It waits for the edit alone, and goes on when that ends. */
  held: boolean;
}

export const RULE = "\n---\n";
export const edits = $state<{ all: Record<string, Edit> }>({ all: {} });

/** What was edited can no longer be: it is out, or was removed elsewhere. */
export function withoutDelivery(queued: readonly DeliveryView[]): Edit[] {
  const gone = ["claimed", "staged", "sending", "unknown", "needs_you"];
  const there = new Set(queued.filter(({ state }) => !gone.includes(state)).map(({ id }) => id));
  return Object.values(edits.all).filter((edit) => !there.has(edit.delivery.id));
}

/** Each part ends with its number, and would be numbered anew. */
export function isNumbered(text: string): boolean {
  const parts = text.split(RULE);
  const numbers = parts.map((part) => /(?:^| )([1-9]\d*)\/([1-9]\d*)\s*$/.exec(part));
  return (
    parts.length > 1 &&
    numbers.every((found, n) => Number(found?.[1]) === n + 1 && Number(found?.[2]) === parts.length)
  );
}

/** Pictures stay with their part; a part that is gone leaves its pictures to the last one. */
export function contentOf(edit: Edit): ContentInput {
  const content = $state.snapshot(edit.content) as ContentInput;
  const texts = edit.text.split(RULE);
  const parts = texts.map((text, index) => ({ text, media: content.parts[index]?.media ?? [] }));
  parts.at(-1)?.media.push(...content.parts.slice(texts.length).flatMap((part) => part.media));
  return { ...content, parts };
}
