// The address of a post was pasted: what could be made of that post is offered beside the text, which stays as it is until
// somebody takes the offer.
import type { App } from "../app.svelte";
import type { Undoable } from "../parts/undo";
import { type Key, t } from "../words/words";
import { isAddress, made, type Way, ways } from "./around";
import type { Rest } from "./written";

/** Paths under which servers of all kinds keep single posts; a profile or an article is no post to answer. */
const POST =
  /\/(?:status(?:es)?|posts?|notes?|notice|objects|display|update|p)\/[^/?#]+|\/@[^/?#]+\/[0-9A-Za-z]+(?:[/?#]|$)/;

export const isPost = (url: string) => isAddress(url) && POST.test(url.replace(/^https?:\/\/[^/]+/i, ""));

const SAYS: Record<Way, Key> = {
  reply: "ui.pasted.reply",
  quote: "ui.pasted.quote",
  repost: "ui.pasted.repost",
};

interface Writes {
  rest: Rest;
  readonly chosen: string[];
  readonly own: { text: string };
  edited(): void;
}

export class Pasted {
  #url = $state<string | null>(null);
  #offered: Undoable | null = null;

  constructor(
    private readonly app: App,
    private readonly writing: Writes,
  ) {}

  /** As long as it stands in the text, and there is something to offer. */
  get url(): string | null {
    const url = this.#url;
    return url && this.ways.length > 0 && this.writing.own.text.includes(url) ? url : null;
  }

  /** What all the chosen accounts can do with it. */
  get ways(): Way[] {
    return ways(this.app.accounts.filter(({ id }) => this.writing.chosen.includes(id)));
  }

  came(text: string): void {
    const url = text.trim();
    this.#url = isPost(url) ? url : null;
  }

  dismiss(): void {
    this.#url = null;
  }

  /** The address goes out of the text: the post says by itself what it is made around. */
  take(way: Way): void {
    const { url, writing } = this;
    if (!url) return;
    const before = { text: writing.own.text, rest: writing.rest };
    this.dismiss();
    writing.own.text = without(before.text, url);
    const { text } = writing.own;
    writing.rest = made(writing.rest, way, url);
    writing.edited();
    this.#offered = {
      text: t(SAYS[way]),
      back: async () => {
        const { reply_to, quote, repost, quiet_reply } = before.rest;
        // Variants and what was written since stay; the address comes back at the end then.
        const now = writing.own.text;
        writing.own.text = now === text ? before.text : [now, url].filter((one) => one !== "").join("\n");
        writing.rest = { ...writing.rest, reply_to, quote, repost, quiet_reply };
        writing.edited();
      },
    };
    this.app.undo.offer(this.#offered);
  }

  /** Another draft. */
  show(): void {
    if (this.#offered) this.app.undo.withdraw(this.#offered);
    this.#offered = null;
    this.dismiss();
  }
}

/** Without a line or a gap where it stood. */
export function without(text: string, url: string): string {
  const at = text.lastIndexOf(url);
  if (at < 0) return text;
  const [before, behind] = [text.slice(0, at), text.slice(at + url.length)];
  if (behind.trim() === "") return before.trimEnd();
  return /\s$/.test(before) || before === "" ? before + behind.trimStart() : before + behind;
}
