// The pictures of what is being written, and those on their way in.
import type { FindingView, Problem } from "../api.next";
import type { App } from "../app.svelte";
import { problemOf } from "../bridge/host";
import type { Undoable } from "../parts/undo";
import { t } from "../words/words";
import { Follow } from "./follow";
import { type Place, placeOf, put } from "./order";
import { type Attached, attached, upload } from "./pictures";
import { placeAfter } from "./written";

export class Pictures {
  all = $state<Attached[]>([]);
  coming = $state(0);
  problem = $state<Problem | null>(null);
  over = $state(false);
  /** The part that a picture joins which comes now: the one that is written on. */
  here: () => number = () => 0;
  /** The host counts other parts than the rules make. */
  cut: () => boolean = () => false;
  /** What was begun for another draft comes to none. */
  #draft = 0;
  #waiting: (() => void)[] = [];
  #offered: Undoable | null = null;
  #follow = new Follow();

  constructor(
    private readonly app: App,
    private readonly edited: () => void,
  ) {
    app.bridge.onDrop((drop) => {
      this.over = drop.kind === "over";
      void app.bridge.keepOpen("dragging", this.over);
      if (drop.kind === "dropped" && app.view === "compose") void this.addPaths(drop.paths);
    });
  }

  async pick(): Promise<void> {
    await this.app.bridge.keepOpen("dialog", true);
    try {
      await this.addPaths(await this.app.bridge.pickPictures());
    } finally {
      await this.app.bridge.keepOpen("dialog", false);
    }
  }

  async addPaths(paths: string[]): Promise<void> {
    const whither = this.#whither;
    this.coming += paths.length;
    for (const path of paths) await this.#add(whither, () => this.app.ask("picture_add", { path }));
  }

  async paste(files: File[]): Promise<void> {
    const whither = this.#whither;
    this.coming += files.length;
    for (const file of files) await this.#add(whither, () => upload(this.app.ask, file), file.name);
  }

  /** WebKitGTK keeps what is on the clipboard from the page, unless it is text. */
  async pasteFromDesktop(): Promise<void> {
    const picture = await this.app.bridge.pastedPicture();
    if (picture) await this.paste([picture]);
  }

  /** Another draft, and its pictures. */
  show(all: Attached[]): void {
    this.#draft += 1;
    // What was taken out of another draft is not put into this one.
    if (this.#offered) this.app.undo.withdraw(this.#offered);
    this.all = all;
    this.#follow = new Follow();
    this.problem = null;
    this.#came(0);
  }

  /** Once none is on its way in any more. */
  async settled(): Promise<void> {
    if (this.coming > 0) await new Promise<void>((go) => this.#waiting.push(go));
  }

  /** The text is another one: each picture stays with its words. */
  typed(before: string, after: string): void {
    if (this.all.length > 0) this.all = this.#follow.typed(before, after, this.all);
  }

  describe(id: string, alt: string): void {
    this.all = this.all.map((picture) => (picture.id === id ? { ...picture, alt } : picture));
    this.edited();
  }

  remove(id: string): void {
    const [picture, place] = [this.all.find((one) => one.id === id), placeOf(this.all, id)];
    if (!picture || !place) return;
    this.all = this.all.filter((one) => one.id !== id);
    this.edited();
    this.#offer(t("ui.pic.removed", { n: this.#number(place) }), () => put(this.all, picture, place));
  }

  /** A part of the thread stands elsewhere: its pictures go with it. Whoever moves it says it is edited. */
  follow(from: number, to: number): void {
    const moved = this.all.map((picture) => ({ ...picture, part: placeAfter(picture.part, from, to) }));
    this.all = moved.sort((a, b) => a.part - b.part);
  }

  /** To another place among all, in its part or with another. */
  move(id: string, to: Place): void {
    const before = placeOf(this.all, id);
    const again = () => this.all.find((one) => one.id === id);
    const picture = again();
    if (!picture || !before) return;
    const from = this.all.indexOf(picture) + 1;
    const moved = put(this.all, picture, to);
    const n = moved.findIndex((one) => one.id === id) + 1;
    if (n === from && to.part === before.part) return;
    this.all = moved;
    this.edited();
    const args = { from, n, part: to.part + 1 };
    const text = to.part === before.part ? t("ui.pic.moved", args) : t("ui.pic.moved_part", args);
    this.#offer(text, () => {
      const now = again();
      return now ? put(this.all, now, before) : this.all;
    });
  }

  /** The host counts pictures within their part, the strip all of them. */
  ofFinding({ part, args }: FindingView): Attached | undefined {
    // Where the host has cut a long text, its later parts are not those that are written here.
    if (part && part > 1 && this.cut()) return undefined;
    const its = this.all.filter((picture) => picture.part === (part ?? 1) - 1);
    return its[Number(args?.picture) - 1];
  }

  #number({ part, at }: Place): number {
    return this.all.filter((picture) => picture.part < part).length + at + 1;
  }

  #offer(text: string, before: () => Attached[]): void {
    const back = async () => {
      this.all = before();
      this.edited();
    };
    this.#offered = { text, back };
    this.app.undo.offer(this.#offered);
  }

  get #whither(): [number, number] {
    return [this.#draft, this.here()];
  }

  /** One of those counted as coming. `name`: what a person calls a picture whose file the host never sees. */
  async #add(
    [draft, part]: [number, number],
    come: () => ReturnType<typeof upload>,
    name?: string,
  ): Promise<void> {
    if (draft !== this.#draft) return;
    this.problem = null;
    try {
      const came = attached(await come(), part);
      if (draft !== this.#draft) return;
      this.all = put(this.all, came, { part, at: this.all.length });
      this.edited();
    } catch (thrown) {
      if (draft !== this.#draft) return;
      const problem = problemOf(thrown);
      this.problem = name ? { ...problem, args: { ...problem.args, file: name } } : problem;
    } finally {
      if (draft === this.#draft) this.#came(this.coming - 1);
    }
  }

  #came(coming: number): void {
    this.coming = coming;
    if (coming === 0) for (const go of this.#waiting.splice(0)) go();
  }
}
