// A deliberate yes to speaking as an official or anonymous account. It holds for these bytes and no others.
import type { AccountView, ContentInput } from "../api.next";

/** All that is confirmed: who, what, with which pictures and descriptions. Not when: the time is the host's to say. */
export function bytesOf(accounts: readonly string[], content: ContentInput): string {
  return JSON.stringify([[...accounts].sort(), content]);
}

export class Confirmation {
  #bytes: string | null = null;

  get given(): boolean {
    return this.#bytes !== null;
  }

  give(bytes: string): void {
    this.#bytes = bytes;
  }

  holds(bytes: string): boolean {
    return this.#bytes === bytes;
  }

  take(): void {
    this.#bytes = null;
  }
}

export const needsConfirm = (account: AccountView) => account.persona !== "personal";

/** Typing the handle is the other way to confirm; an @ before it, or letters of the other case, mean the same. */
export function isHandle(typed: string, handle: string): boolean {
  const plain = (text: string) => text.normalize("NFKC").trim().replace(/^@/, "").toLowerCase();
  return plain(typed) !== "" && plain(typed) === plain(handle);
}
