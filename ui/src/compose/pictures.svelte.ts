// The pictures of what is being written, and those on their way in.
import type { Problem } from "../api.next";
import type { App } from "../app.svelte";
import { problemOf } from "../bridge/host";
import { type Attached, attached, upload } from "./pictures";

export class Pictures {
  all = $state<Attached[]>([]);
  coming = $state(0);
  problem = $state<Problem | null>(null);
  over = $state(false);
  /** What was begun for another draft comes to none. */
  #draft = 0;
  #waiting: (() => void)[] = [];

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
    const draft = this.#draft;
    this.coming += paths.length;
    for (const path of paths) await this.#add(draft, () => this.app.ask("picture_add", { path }));
  }

  async paste(files: File[]): Promise<void> {
    const draft = this.#draft;
    this.coming += files.length;
    for (const file of files) await this.#add(draft, () => upload(this.app.ask, file), file.name);
  }

  /** WebKitGTK keeps what is on the clipboard from the page, unless it is text. */
  async pasteFromDesktop(): Promise<void> {
    const picture = await this.app.bridge.pastedPicture();
    if (picture) await this.paste([picture]);
  }

  /** Another draft, and its pictures. */
  show(all: Attached[]): void {
    this.#draft += 1;
    this.all = all;
    this.problem = null;
    this.#came(0);
  }

  /** Once none is on its way in any more. */
  async settled(): Promise<void> {
    if (this.coming > 0) await new Promise<void>((go) => this.#waiting.push(go));
  }

  describe(id: string, alt: string): void {
    this.all = this.all.map((picture) => (picture.id === id ? { ...picture, alt } : picture));
    this.edited();
  }

  remove(id: string): void {
    this.all = this.all.filter((picture) => picture.id !== id);
    this.edited();
  }

  /** One of those counted as coming. `name`: what a person calls a picture whose file the host never sees. */
  async #add(draft: number, come: () => ReturnType<typeof upload>, name?: string): Promise<void> {
    if (draft !== this.#draft) return;
    this.problem = null;
    try {
      const came = attached(await come());
      if (draft !== this.#draft) return;
      this.all = [...this.all, came];
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
