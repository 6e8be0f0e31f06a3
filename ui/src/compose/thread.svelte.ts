// The parts of a thread as they are written, and their order. Pictures go with their part.
import type { App } from "../app.svelte";
import type { Undoable } from "../parts/undo";
import { t } from "../words/words";
import type { Pictures } from "./pictures.svelte";
import { type Piece, piecesOf, type Rest, reordered } from "./written";

interface Writes {
  text: string;
  rest: Rest;
  readonly pictures: Pictures;
  readonly own: { readonly text: string };
  edited(): void;
}

export class Thread {
  #offered: Undoable | null = null;

  constructor(
    private readonly app: App,
    private readonly writing: Writes,
  ) {}

  /** Of the text in sight. */
  get all(): Piece[] {
    return piecesOf(this.writing.own.text);
  }

  /** Part `from` stands at `to` now, both from 0. */
  move(from: number, to: number): void {
    const moved = this.all[from];
    if (!moved || from === to || to < 0 || to >= this.all.length) return;
    this.#put(from, to);
    this.#offered = {
      text: t("ui.preview.moved", { from: from + 1, n: to + 1 }),
      back: async () => {
        // Written on since, it may stand elsewhere, or be another one.
        const at = this.all.findIndex(({ text }) => text === moved.text);
        if (at >= 0 && from < this.all.length) this.#put(at, from);
      },
    };
    this.app.undo.offer(this.#offered);
  }

  /** Another draft. */
  show(): void {
    if (this.#offered) this.app.undo.withdraw(this.#offered);
    this.#offered = null;
  }

  /** Every text with as many parts is put in the same order: the pictures of a part are the same in all of them. */
  #put(from: number, to: number): void {
    const { writing } = this;
    const count = this.all.length;
    const put = (text: string) => (piecesOf(text).length === count ? reordered(text, from, to) : text);
    const variants = Object.entries(writing.rest.variants).map(([network, text]) => [network, put(text)]);
    writing.rest = { ...writing.rest, variants: Object.fromEntries(variants) };
    writing.text = put(writing.text);
    writing.pictures.follow(from, to);
    writing.edited();
  }
}
