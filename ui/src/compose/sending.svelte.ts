// The way to the queue: what was kept is sent once, and what is written meanwhile stays.
import type { ContentInput, Problem } from "../api.next";
import { isUnanswered, problemOf } from "../bridge/host";
import { outcomeOf, QUEUED, type Queued, reasons } from "./outcome";
import type { Writing } from "./writing.svelte";
import { sameContent } from "./written";

/** What was sent to the queue: to be told from what is written since. */
interface Sent {
  draft: string;
  bytes: string;
}

export class Sending {
  #running = $state(false);
  #under: Promise<void> = Promise.resolve();
  /** Sent to be queued, and nobody knows yet whether it was. */
  lost = $state.raw<Sent | null>(null);

  constructor(private readonly writing: Writing) {}

  get busy(): boolean {
    return this.#running || this.lost !== null;
  }

  async settled(): Promise<void> {
    await this.#under;
    await this.look();
  }

  async queue(): Promise<void> {
    const confirmed = this.writing.confirmation.holds(this.writing.bytes);
    if (this.writing.barred !== null || (this.writing.alone && !confirmed)) return;
    this.#running = true;
    this.writing.problem = null;
    this.writing.outcome = null;
    this.#under = this.#queue(confirmed);
    await this.#under;
    this.#running = false;
  }

  /** Nobody to post as yet: on to where that is chosen. What is written is kept, and stays here. */
  async goFirst(): Promise<void> {
    const { writing } = this;
    if (!(await writing.kept())) {
      writing.outcome = { kind: "stays" };
      return;
    }
    writing.outcome = writing.empty ? null : { kind: "first" };
    await writing.app.bridge.openMain();
  }

  async #queue(confirmed: boolean): Promise<void> {
    const { bytes } = this.writing;
    const post = this.writing.post();
    let sent: Sent | null = null;
    try {
      await this.writing.autosave.flush();
      const kept = this.writing.autosave.draft;
      if (this.writing.bytes !== bytes || !kept) {
        this.writing.outcome = { kind: "went_on" };
        return;
      }
      const [draft, base_rev] = [kept.id, kept.rev];
      await this.writing.autosave.without(async () => {
        if (confirmed) await this.#sameAsConfirmed(draft, post.content);
        sent = { draft, bytes };
        const added = await this.writing.app.ask("post_add", {
          ...post,
          draft,
          base_rev,
          confirm_persona: confirmed,
        });
        const tellAwake = this.writing.app.preferences?.awake_told === false;
        const queued = outcomeOf(added);
        this.#sent(sent, { ...queued, tellAwake: tellAwake && queued.first !== null });
        void this.#tellMore(reasons(this.writing.app.ask, added));
      });
    } catch (thrown) {
      const problem = problemOf(thrown);
      if (problem.findings) this.writing.check.refused(problem.findings, post);
      this.#notQueued(problem, sent);
    }
  }

  async #sameAsConfirmed(id: string, content: ContentInput): Promise<void> {
    const kept = await this.writing.app.ask("draft_show", { id });
    if (!sameContent(content, kept)) throw { code: "draft_stale" };
  }

  /** It is in the queue. What is written since stays, as a draft of its own. */
  #sent({ draft, bytes }: Sent, queued: Queued): void {
    const more = (this.writing.bytes !== bytes && !this.writing.empty) || this.writing.pictures.coming > 0;
    if (more) {
      if (this.writing.autosave.draft?.id === draft) this.writing.autosave.open(null);
      this.writing.edited();
    } else this.writing.clear();
    this.writing.outcome = { ...queued, more };
    if (queued.tellAwake) void this.writing.app.prefer({ awake_told: true }).catch(() => {});
  }

  async #tellMore(why: Promise<Queued["without"]>): Promise<void> {
    const { outcome } = this.writing;
    const without = await why;
    if (outcome?.kind === "queued" && this.writing.outcome === outcome)
      this.writing.outcome = { ...outcome, without };
  }

  #notQueued(problem: Problem, sent: Sent | null): void {
    this.writing.confirmation.take();
    this.writing.typedHandle = false;
    if (isUnanswered(problem) && sent) {
      this.lost = sent;
      this.writing.outcome = { kind: "perhaps" };
      if (this.writing.app.connection === "connected") void this.look();
      return;
    }
    // Whoever has queued or removed it elsewhere did not see what is here: it is not queued a second time unasked.
    const gone = problem.code === "unknown_draft";
    if (gone || problem.code === "draft_stale") this.writing.autosave.part();
    if (gone) this.writing.outcome = { kind: "gone" };
    else this.writing.problem = problem;
  }

  /** The draft is gone once the post is queued: that tells whether it was. */
  async look(): Promise<void> {
    const lost = this.lost;
    if (!lost) return;
    const there = await this.writing.app.ask("draft_list", {}).catch(() => null);
    if (!there || this.lost !== lost) return;
    this.lost = null;
    if (there.drafts.some((draft) => draft.id === lost.draft)) this.writing.outcome = { kind: "not_queued" };
    else this.#sent(lost, QUEUED);
  }
}
