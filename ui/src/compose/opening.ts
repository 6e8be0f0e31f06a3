// Which draft is written on: another one, that of last time, or none any more. What is written now is kept first.
import type { DraftDetail } from "../api.next";
import { problemOf } from "../bridge/host";
import type { Removed } from "../main/drafts/lost.svelte";
import { ofDraft } from "./chosen";
import type { Writing } from "./writing.svelte";
import { hasRest, shownOf } from "./written";

export class Opening {
  constructor(private readonly writing: Writing) {}

  /** The draft that is written on is removed. What was in it, up to the last key, is handed back; null: it was not done. */
  async discard(): Promise<Removed | null> {
    if (!(await this.writing.kept())) {
      this.#say("not_opened");
      return null;
    }
    const { draft, settled } = this.writing.autosave;
    if (!draft || !settled) return null;
    await this.writing.autosave.without(() => this.writing.app.ask("draft_remove", { id: draft.id }));
    const { accounts, content } = this.writing.written;
    this.writing.clear();
    return { accounts, content };
  }

  /** Another draft; what is written now is kept first, and nothing happens if it cannot be. */
  async open(id: string): Promise<void> {
    this.writing.opened.passOver();
    if (!(await this.writing.kept())) return this.#say("not_opened");
    if (this.writing.autosave.draft?.id === id) return;
    const draft = await this.#ofHost(id);
    if (!draft) return;
    const shown = shownOf(draft);
    if (!shown) return this.#say("not_whole");
    // Keys typed meanwhile belong to what is left.
    if (await this.writing.kept()) this.writing.show(draft, shown);
    else this.#say("not_opened");
  }

  /**
   * The draft of last time. Plain text that was typed before it came stands behind it, in one draft; anything else
   * leaves both as they are.
   */
  async goOn(): Promise<void> {
    const id = await this.writing.opened.ofLastTime(this.writing.app.ask, async () => {
      const kept = await this.writing.kept();
      return kept ? (this.writing.autosave.draft?.id ?? null) : undefined;
    });
    if (!id) return this.writing.checkSoon();
    const draft = await this.#ofHost(id);
    if (!draft) return;
    const shown = shownOf(draft);
    if (this.writing.empty && this.writing.cw === null && this.writing.pictures.coming === 0) {
      if (shown) this.writing.show(draft, shown);
      else this.#say("not_whole");
      return;
    }
    const plain = shown && !hasRest(shown.rest);
    const theirs = ofDraft(this.writing.app.accounts, draft.accounts) !== null;
    if (!plain || !theirs || !(await this.writing.kept()) || !this.writing.textAlone)
      return this.#say("last_time");
    const second = this.writing.autosave.draft;
    const both = [shown.text, this.writing.text].filter((text) => text !== "").join("\n\n");
    this.writing.show(draft, { ...shown, text: both });
    this.writing.edited();
    if (second && second.id !== id && (await this.writing.flush()))
      await this.writing.app.ask("draft_remove", { id: second.id }).catch(() => {});
  }

  #say(kind: "not_opened" | "not_whole" | "last_time"): void {
    this.writing.outcome = { kind };
  }

  async #ofHost(id: string): Promise<DraftDetail | null> {
    try {
      return await this.writing.app.ask("draft_show", { id });
    } catch (thrown) {
      const problem = problemOf(thrown);
      const gone = problem.code === "unknown_draft" && this.writing.opened.noted(id);
      // Last time's draft has been queued or removed since: there is nothing to go on with.
      if (gone) this.writing.opened.is(null);
      else this.writing.problem = problem;
      return null;
    }
  }
}
