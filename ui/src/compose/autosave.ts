// Saves the draft while it is written. Nothing is shown as saved before the host has committed it, and no key is lost
// when the host goes away: what has no answer is looked for, and sent again if it is not there.
import type { ContentInput, DraftDetail, Problem } from "../api.next";
import { type Ask, isUnanswered, problemOf } from "../bridge/host";
import type { Timers } from "../time/timers";
import { sameContent } from "./written";

export const AFTER_LAST_KEY_MS = 300;
export const AT_LEAST_EVERY_MS = 1000;
const TRY_AGAIN_MS = 5000;
/** The host's clock is this machine's; between the two a message travels. */
const CLOCK_MS = 1000;

export interface Written {
  accounts: string[];
  /** Nobody has chosen yet: an edit leaves the draft's accounts as they are. */
  unchosen?: boolean;
  content: ContentInput;
}

export interface Draft {
  id: string;
  rev: number;
}

export type Saving =
  | { kind: "nothing" }
  | { kind: "waiting" }
  | { kind: "saved"; at: number }
  | { kind: "unanswered" }
  | { kind: "refused"; problem: Problem };

export interface Told {
  saving(state: Saving): void;
  /** A new draft is about to be made; it is when this has been noted. */
  adding(at: number): Promise<void>;
  draft(draft: Draft | null): void;
  /** Somebody else changed the draft meanwhile: what is here is a second one now. */
  second(): void;
}

interface Sent {
  written: Written;
  base: Draft | null;
  at: number;
}

const isEmpty = ({ content }: Written) =>
  !content.repost &&
  content.cw === null &&
  Object.values(content.variants).every((text) => text === "") &&
  content.parts.every((part) => part.text === "" && part.media.length === 0);

export class Autosave {
  #latest: Written | null = null;
  #dirtySince: number | null = null;
  #draft: Draft | null = null;
  #sending: Promise<void> | null = null;
  #unanswered: Sent | null = null;
  #stopTimer = () => {};
  /** What belongs to an older call, or to another draft, is not listened to any more. */
  #call = 0;
  #stuck: Problem | null = null;
  /** Nobody would answer: nothing is asked before the connection is back. */
  #away = false;
  #barred: Promise<void> | null = null;

  constructor(
    private readonly ask: Ask,
    private readonly timers: Timers,
    private readonly told: Told,
  ) {}

  get draft(): Draft | null {
    return this.#draft;
  }

  get settled(): boolean {
    return this.#dirtySince === null && this.#sending === null && this.#unanswered === null;
  }

  /** Goes on with a draft that is kept already; `written`: what is in it. */
  open(draft: Draft | null, written: Written | null = null): void {
    this.#call += 1;
    this.#stopTimer();
    this.#stuck = null;
    this.#draft = draft;
    this.#latest = written;
    this.#dirtySince = null;
    this.#sending = null;
    this.#unanswered = null;
    this.told.draft(draft);
    this.told.saving({ kind: "nothing" });
  }

  changed(written: Written): void {
    this.#latest = written;
    if (this.#draft === null && this.#sending === null && !this.#unanswered && isEmpty(written)) {
      this.#dirtySince = null;
      this.#stopTimer();
      this.told.saving({ kind: "nothing" });
      return;
    }
    this.#dirtySince ??= this.timers.now();
    this.#wait(this.#patience());
    this.told.saving({ kind: this.#away || this.#stuck ? "unanswered" : "waiting" });
  }

  /** Nothing is saved while this runs: what it does with the draft is done first. */
  async without<T>(run: () => Promise<T>): Promise<T> {
    let end = () => {};
    this.#barred = new Promise((go) => {
      end = go;
    });
    try {
      return await run();
    } finally {
      this.#barred = null;
      end();
      if (this.#dirtySince !== null && this.#sending === null) this.#wait(this.#patience());
    }
  }

  /** Somebody else may have removed or changed the draft: then what is here is written down as another one. */
  async lookAfter(): Promise<void> {
    const draft = this.#draft;
    if (!draft || !this.settled || this.#barred || this.#away) return;
    const call = this.#call;
    const rev = await this.ask("draft_show", { id: draft.id }).then(
      (kept) => kept.rev,
      (thrown) => (problemOf(thrown).code === "unknown_draft" ? null : draft.rev),
    );
    if (call === this.#call && this.settled && !this.#barred && rev !== draft.rev) this.part();
  }

  /** What is here is a draft of its own now. */
  part(): void {
    this.#draft = null;
    this.told.draft(null);
    this.#stuck = null;
    if (!this.#latest || isEmpty(this.#latest)) {
      this.#dirtySince = null;
      this.told.saving({ kind: "nothing" });
      return;
    }
    this.told.second();
    this.#dirtySince ??= this.timers.now();
    this.told.saving({ kind: "waiting" });
    this.#wait(0);
  }

  /** Everything written so far is kept, or rejects with why it is not. */
  async flush(): Promise<void> {
    while (this.#barred && !this.settled) await this.#barred;
    this.#stopTimer();
    if (this.#away && !this.settled) throw { code: "host_gone" } satisfies Problem;
    for (let round = 0; round < 20 && !this.settled; round += 1) {
      await (this.#sending ?? this.#save());
      if (this.#stuck) throw this.#stuck;
    }
  }

  /** The host answers again. */
  reconnected(): void {
    this.#away = false;
    this.#stuck = null;
    if (this.#sending === null && (this.#unanswered || this.#dirtySince !== null)) this.#wait(0);
  }

  /**
   * The connection is gone. What is under way is not given up: the shell asks again under the same id, and answers in
   * any case. Saving it once more meanwhile would make a second draft.
   */
  disconnected(): void {
    this.#away = true;
    if (this.settled) return;
    this.#dirtySince ??= this.timers.now();
    this.told.saving({ kind: "unanswered" });
  }

  #patience(): number {
    const left = (this.#dirtySince ?? 0) + AT_LEAST_EVERY_MS - this.timers.now();
    return Math.min(AFTER_LAST_KEY_MS, Math.max(0, left));
  }

  #wait(ms: number): void {
    this.#stopTimer();
    this.#stopTimer = this.timers.after(ms, () => {
      if (this.#sending === null && !this.#away && !this.#barred) void this.#save();
    });
  }

  async #save(): Promise<void> {
    this.#call += 1;
    const call = this.#call;
    const run = this.#once(call);
    this.#sending = run;
    await run;
    if (call !== this.#call) return;
    this.#sending = null;
    if (this.#dirtySince !== null && !this.#stuck) this.#wait(this.#patience());
  }

  async #once(call: number): Promise<void> {
    this.#stuck = null;
    const looked = this.#unanswered;
    const written = this.#latest;
    try {
      if (looked) {
        const found = await this.#look(looked);
        if (call !== this.#call) return;
        if (found) this.#committed(found, looked.written);
        this.#unanswered = null;
        if (found && this.#latest === looked.written) return;
      }
      if (!written) return;
      const sent: Sent = { written, base: this.#draft, at: this.timers.now() };
      this.#dirtySince = null;
      this.#unanswered = sent;
      if (!sent.base) await this.told.adding(sent.at);
      if (call !== this.#call) return;
      const answer = await this.#send(sent);
      if (call !== this.#call) return;
      this.#unanswered = null;
      if (sent.base && answer.id !== sent.base.id) this.told.second();
      this.#committed({ id: answer.id, rev: answer.rev }, sent.written);
    } catch (thrown) {
      if (call !== this.#call) return;
      this.#failed(problemOf(thrown));
    }
  }

  #send({ written, base }: Sent) {
    if (!base) return this.ask("draft_add", { accounts: written.accounts, content: written.content });
    return this.ask("draft_edit", {
      id: base.id,
      base_rev: base.rev,
      accounts: written.unchosen ? null : written.accounts,
      content: written.content,
    });
  }

  /** Was the save without an answer carried out? */
  async #look({ written, base, at }: Sent): Promise<Draft | null> {
    const { drafts } = await this.ask("draft_list", {});
    const mine = drafts.filter((draft) =>
      base
        ? draft.id === base.id && draft.rev === base.rev + 1
        : draft.rev === 1 && Date.parse(draft.updated_at) >= at - CLOCK_MS && alike(draft, written),
    );
    for (const { id } of mine) {
      const shown = await this.ask("draft_show", { id });
      if (sameContent(written.content, shown)) return { id, rev: shown.rev };
    }
    return null;
  }

  #committed(draft: Draft, written: Written): void {
    this.#draft = draft;
    this.told.draft(draft);
    if (this.#latest === written) {
      this.#dirtySince = null;
      this.told.saving({ kind: "saved", at: this.timers.now() });
    } else {
      this.#dirtySince ??= this.timers.now();
    }
  }

  #failed(problem: Problem): void {
    this.#stuck = problem;
    this.#dirtySince ??= this.timers.now();
    if (isUnanswered(problem)) {
      this.told.saving({ kind: "unanswered" });
      this.#wait(TRY_AGAIN_MS);
      return;
    }
    // An answer, and it is no: nothing is open, the text stays here.
    this.#unanswered = null;
    if (problem.code === "unknown_draft" || problem.code === "draft_stale") {
      this.part();
      return;
    }
    this.told.saving({ kind: "refused", problem });
    this.#wait(TRY_AGAIN_MS);
  }
}

/** Of the same accounts, and as the host lists its text: the parts, a rule between them. */
function alike(draft: Pick<DraftDetail, "text" | "accounts">, { accounts, content }: Written): boolean {
  const text = content.parts.map((part) => part.text).join("\n---\n");
  return draft.text === text && [...draft.accounts].sort().join() === [...accounts].sort().join();
}
