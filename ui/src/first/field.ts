// The field that is there before the page: what is typed into it goes over into the composer's own as if typed there.
import words from "virtual:messages/first";
import type { Bridge } from "../bridge/bridge";
import { composes } from "../parts/keys";
import type { Language } from "../words/words";

export class Field {
  #composing = false;
  #told = false;
  /** The last key that asked for something, as long as nobody types on. */
  #asked: KeyboardEventInit | null = null;
  #settled: () => void = () => {};

  private constructor(
    private readonly frame: Element,
    private readonly area: HTMLTextAreaElement,
    private readonly bridge: Bridge,
  ) {
    area.addEventListener("compositionstart", () => this.#composes(true));
    area.addEventListener("compositionend", () => this.#composes(false));
    area.addEventListener("input", () => this.#typed());
    area.addEventListener("keydown", (event) => this.#key(event));
  }

  /** The composer's. In the other window there is nothing to write in: there it goes at once. */
  static in(document: Document, bridge: Bridge, language: Language): Field | null {
    const frame = document.querySelector(".first");
    const area = frame?.querySelector("textarea");
    if (!frame || !area) return null;
    if (bridge.window !== "compose") {
      frame.remove();
      return null;
    }
    const { hint, text } = words[language];
    area.placeholder = hint;
    area.setAttribute("aria-label", text);
    area.focus();
    return new Field(frame, area, bridge);
  }

  /** Once no input method composes in it: until then nothing may take its focus or its place. */
  async settled(): Promise<void> {
    while (this.#composing)
      await new Promise<void>((settled) => {
        this.#settled = settled;
      });
  }

  /** The page is there. Its own field is `to`, and stands in the same place. */
  goesOver(to: HTMLTextAreaElement): void {
    const { value, selectionStart, selectionEnd } = this.area;
    to.focus();
    // So that it can be undone, and everything that hears of typing hears of this.
    if (value !== "") document.execCommand("insertText", false, value);
    else if (this.#told) void this.bridge.keepOpen("unsaved", false);
    if (to.value === value) to.setSelectionRange(selectionStart, selectionEnd);
    this.frame.remove();
    const asked = this.#asked;
    if (asked) to.dispatchEvent(new KeyboardEvent("keydown", { ...asked, bubbles: true, cancelable: true }));
  }

  /** Esc, Ctrl+Enter and Ctrl+S are the page's to do, once. */
  #key(event: KeyboardEvent): void {
    if (composes(event)) return;
    const { key } = event;
    const ctrlKey = event.ctrlKey || event.metaKey;
    const asks = ctrlKey && (key === "Enter" || key.toLowerCase() === "s");
    if (!asks && key !== "Escape") return;
    if (asks) event.preventDefault();
    if (!event.repeat) this.#asked = { key, ctrlKey: asks };
  }

  #composes(on: boolean): void {
    this.#composing = on;
    void this.bridge.keepOpen("composing", on);
    // What was composed is in the text with the event that follows.
    if (!on) setTimeout(this.#settled);
  }

  /** From the first letter on the window does not go with what is in it. */
  #typed(): void {
    this.#asked = null;
    if (this.#told) return;
    this.#told = true;
    void this.bridge.keepOpen("unsaved", true);
  }
}
