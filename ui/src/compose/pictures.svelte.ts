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
    for (const path of paths) await this.#add(() => this.app.ask("picture_add", { path }));
  }

  async paste(files: File[]): Promise<void> {
    for (const file of files) await this.#add(() => upload(this.app.ask, file), file.name);
  }

  /** WebKitGTK keeps what is on the clipboard from the page, unless it is text. */
  async pasteFromDesktop(): Promise<void> {
    const picture = await this.app.bridge.pastedPicture();
    if (picture) await this.paste([picture]);
  }

  describe(id: string, alt: string): void {
    this.all = this.all.map((picture) => (picture.id === id ? { ...picture, alt } : picture));
    this.edited();
  }

  remove(id: string): void {
    this.all = this.all.filter((picture) => picture.id !== id);
    this.edited();
  }

  /** `name`: what a person calls a picture whose file the host never sees. */
  async #add(come: () => ReturnType<typeof upload>, name?: string): Promise<void> {
    this.coming += 1;
    this.problem = null;
    try {
      this.all = [...this.all, attached(await come())];
      this.edited();
    } catch (thrown) {
      const problem = problemOf(thrown);
      this.problem = name ? { ...problem, args: { ...problem.args, file: name } } : problem;
    } finally {
      this.coming -= 1;
    }
  }
}
