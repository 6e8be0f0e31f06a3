// Networks' own words beside the common text, and which of these texts is in sight.
import type { App } from "../app.svelte";
import type { Undoable } from "../parts/undo";
import { networkName } from "../words/say";
import { t } from "../words/words";
import { COMMON, type Rest } from "./written";

interface Writes {
  text: string;
  rest: Rest;
  readonly chosen: string[];
  edited(): void;
}

export class Own {
  /** Somebody has asked for own words; once there are some, they are always shown. */
  asked = $state(false);
  #looked = $state(COMMON);
  #offered: Undoable | null = null;

  constructor(
    private readonly app: App,
    private readonly writing: Writes,
  ) {}

  /** Networks that have words of their own. */
  get networks(): string[] {
    return Object.keys(this.writing.rest.variants);
  }

  get shown(): boolean {
    return this.asked || this.networks.length > 0;
  }

  get chosen(): string[] {
    const { chosen } = this.writing;
    const its = this.app.accounts.filter(({ id }) => chosen.includes(id)).map(({ network }) => network);
    return [...new Set(its)];
  }

  /** Chosen networks that get the common text. */
  get without(): string[] {
    return this.chosen.filter((network) => !(network in this.writing.rest.variants));
  }

  get sight(): string {
    return this.#looked in this.writing.rest.variants ? this.#looked : COMMON;
  }

  /** The text in sight. */
  get text(): string {
    return this.writing.rest.variants[this.sight] ?? this.writing.text;
  }

  set text(text: string) {
    if (this.sight === COMMON) this.writing.text = text;
    else this.#set({ ...this.writing.rest.variants, [this.sight]: text });
  }

  look(which: string): void {
    this.#looked = which;
  }

  /** They begin as the common text. */
  begin(network: string): void {
    this.#withdraw();
    if (!(network in this.writing.rest.variants)) {
      this.#set({ ...this.writing.rest.variants, [network]: this.writing.text });
      this.writing.edited();
    }
    this.look(network);
  }

  /** It gets the common text again. */
  back(network: string): void {
    const text = this.writing.rest.variants[network];
    if (text === undefined) return;
    this.asked = true;
    this.#set(
      Object.fromEntries(Object.entries(this.writing.rest.variants).filter(([one]) => one !== network)),
    );
    this.look(COMMON);
    this.writing.edited();
    this.#offered = {
      text: t("ui.own.gone", { network: networkName(network) }),
      back: async () => {
        if (network in this.writing.rest.variants) return;
        this.#set({ ...this.writing.rest.variants, [network]: text });
        this.look(network);
        this.writing.edited();
      },
    };
    this.app.undo.offer(this.#offered);
  }

  /** Another draft: what was taken out of one is not put into another. */
  show(): void {
    this.#withdraw();
    Object.assign(this, { asked: false });
    this.look(COMMON);
  }

  #withdraw(): void {
    if (this.#offered) this.app.undo.withdraw(this.#offered);
    this.#offered = null;
  }

  #set(variants: Record<string, string>): void {
    this.writing.rest = { ...this.writing.rest, variants };
  }
}
