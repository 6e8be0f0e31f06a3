// How long the composer asks its shell to keep it in sight for the text that is in it.
import type { Bridge } from "../bridge/bridge";

/** As long as that without the focus; text that is not saved for longer, as the shell has it. */
export const TEXT_STAYS_MS = 10_000;

export class TextStays {
  #left = false;
  #leaves: ReturnType<typeof setTimeout> | undefined;
  #told = false;

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
    const stays = this.what.unsaved || (!this.what.empty && !this.#left);
    if (stays === this.#told) return;
    this.#told = stays;
    void this.bridge.keepOpen("text", stays);
  }

  #leave(left: boolean): void {
    this.#left = left;
    this.tell();
  }
}
