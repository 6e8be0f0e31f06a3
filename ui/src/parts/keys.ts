import type { Key } from "../words/words";

/** A key, and what it does. */
export type Shortcut = readonly [string, Key];

/** Keys that an input method is using are not ours. WebKit tells of the last one only by its number. */
export function composes(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229;
}

/** Enter that ends a composition is no answer to a form. */
export function keepFromSubmitting(event: KeyboardEvent): void {
  if (event.key === "Enter" && composes(event)) event.preventDefault();
}
