// How long the composer asks its shell to keep it in sight for the text that is in it.
import type { Bridge } from "../bridge/bridge";

/** As long as that without the focus. What is not saved is told apart: as long as it is not, and the shell decides. */
export const TEXT_STAYS_MS = 10_000;

export class TextStays {
  #left = false;
  #leaves: ReturnType<typeof setTimeout> | undefined;
  readonly #told = { text: false, unsaved: false };

  constructor(
    private readonly bridge: Bridge,
    private readonly what: { readonly empty: boolean; readonly unsaved: boolean },
  ) {}

  /** The window has the focus, or is without it. */
  focus(on: boolean): void {
    clearTimeout(this.#leaves);
    if (on) this.#leave(false);
    else this.#leaves = setTimeout(() => this.#leave(true), TEXT_STAYS_MS);
  }

  /** It is hidden now: text that is kept holds nothing any more. */
  hidden(): void {
    clearTimeout(this.#leaves);
    this.#leave(true);
  }

  tell(): void {
    this.#say("text", !this.what.empty && !this.#left);
    this.#say("unsaved", this.what.unsaved);
  }

  #say(reason: "text" | "unsaved", on: boolean): void {
    if (this.#told[reason] === on) return;
    this.#told[reason] = on;
    void this.bridge.keepOpen(reason, on);
  }

  #leave(left: boolean): void {
    this.#left = left;
    this.tell();
  }
}
