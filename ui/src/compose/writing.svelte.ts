// The composer's state: what is written, what the host says of it, and the way to the queue.
import type {
  AccountCheck,
  ContentInput,
  DraftDetail,
  FindingView,
  PostAdded,
  PostInput,
  Problem,
  Visibility,
} from "../api.next";
import type { App } from "../app.svelte";
import { isUnanswered, problemOf } from "../bridge/host";
import { realTimers } from "../time/timers";
import { language } from "../words/words";
import { Autosave, type Saving } from "./autosave";
import { alone, firstChoice, toggled } from "./chosen";
import { bytesOf, Confirmation } from "./confirmation";
import { type Counter, counters } from "./counters";
import { blocks, sorted } from "./findings";
import { Pictures } from "./pictures.svelte";
import { type Aim, aim, firstTime, input, type When } from "./when";

const CHECK_AFTER_MS = 150;
const OPEN_DRAFT = "kossori.draft";

export type Outcome =
  | { kind: "queued"; at: string | null; window: string | null; held: boolean; tellAwake: boolean }
  | { kind: "kept" }
  | { kind: "perhaps" }
  | { kind: "too_much" }
  | { kind: "second" };

export class Writing {
  text = $state("");
  cw = $state<string | null>(null);
  visibility = $state<Visibility | null>(null);
  lang = $state<string>("en");
  splitting = $state(false);
  chosen = $state<string[]>([]);
  when = $state<When>({ kind: "next" });
  override = $state(false);
  checks = $state<Record<string, AccountCheck | undefined>>({});
  findings = $state<FindingView[]>([]);
  saving = $state<Saving>({ kind: "nothing" });
  outcome = $state<Outcome | null>(null);
  problem = $state<Problem | null>(null);
  queueing = $state(false);
  typedHandle = $state(false);
  /** The draft of last time, as long as it has not been asked for. What is written from now on is another one. */
  lastTime = openDraft();
  readonly pictures: Pictures;
  readonly #autosave: Autosave;
  readonly #confirmation = new Confirmation();
  #checkTimer: ReturnType<typeof setTimeout> | undefined;
  #checkNumber = 0;
  #choseSelf = false;
  #pending: string | null = null;

  constructor(readonly app: App) {
    this.lang = language();
    this.pictures = new Pictures(app, () => this.edited());
    this.#autosave = new Autosave(app.ask, realTimers, {
      saving: (state) => this.#saved(state),
      draft: (draft) => keepOpenDraft(draft?.id ?? null),
      second: () => {
        this.outcome = { kind: "second" };
      },
    });
    app.bridge.onConnection((state) => {
      if (state === "connected") void this.#connected();
      else this.#autosave.disconnected();
    });
  }

  get content(): ContentInput {
    const media = this.pictures.all.map(({ id, alt }) => ({ path: null, media: id, alt }));
    return {
      parts: [{ text: this.text, media }],
      cw: this.cw === "" ? null : this.cw,
      visibility: this.visibility,
      lang: this.lang,
      reply_to: null,
      variants: {},
    };
  }

  get thread(): boolean {
    return this.splitting || /^---$/m.test(this.text);
  }

  get empty(): boolean {
    return this.text.trim() === "" && this.pictures.all.length === 0;
  }

  get unsaved(): boolean {
    return this.saving.kind !== "saved" && this.saving.kind !== "nothing";
  }

  get counters(): Counter[] {
    return counters(this.app.accounts, this.chosen, this.checks);
  }

  get shown(): FindingView[] {
    return sorted(this.findings);
  }

  get alone() {
    return alone(this.app.accounts, this.chosen);
  }

  get aim(): Aim {
    return aim(this.when, this.app.days, this.app.now, this.chosen);
  }

  get bytes(): string {
    return bytesOf(this.chosen, this.content);
  }

  /** Why the button does nothing now; null: it works. */
  get barred(): "no_account" | "empty" | "too_long" | "blocked" | "offline" | "busy" | null {
    if (this.queueing) return "busy";
    if (this.app.connection !== "connected") return "offline";
    if (this.chosen.length === 0) return "no_account";
    if (this.empty) return "empty";
    if (this.counters.some((counter) => counter.over > 0)) return "too_long";
    return blocks(this.shown) ? "blocked" : null;
  }

  /** What came of the last text is no news any more. */
  seen(): void {
    if (this.outcome?.kind === "queued" || this.outcome?.kind === "kept") this.outcome = null;
  }

  /** Something that is kept or sent has changed: it is saved, checked, and a confirmation is void. */
  edited(): void {
    this.outcome = this.outcome?.kind === "second" ? this.outcome : null;
    this.problem = null;
    if (!this.#confirmation.holds(this.bytes)) {
      this.#confirmation.take();
      this.typedHandle = false;
    }
    this.#autosave.changed({ accounts: [...this.chosen], content: this.content });
    this.checkSoon();
  }

  toggle(id: string): void {
    this.#choseSelf = true;
    this.chosen = toggled(this.app.accounts, this.chosen, id);
    this.typedHandle = false;
    this.edited();
  }

  backToPersonal(): void {
    this.chosen = firstChoice(this.app.accounts);
    this.edited();
  }

  /** Accounts came or went: chosen ones that are gone are left out, and at first the personal ones are chosen. */
  accountsCame(): void {
    const known = this.chosen.filter((id) => this.app.account(id));
    const next = known.length === 0 && !this.#choseSelf ? firstChoice(this.app.accounts) : known;
    if (next.join() === this.chosen.join()) return;
    this.chosen = next;
    if (this.empty) this.checkSoon();
    else this.edited();
  }

  confirmByHandle(): void {
    this.#confirmation.give(this.bytes);
    this.typedHandle = true;
  }

  /** The held button was held: these bytes are confirmed, and nothing after an edit. */
  async queueConfirmed(bytes: string): Promise<void> {
    this.#confirmation.give(bytes);
    await this.queue();
  }

  async queue(): Promise<void> {
    const confirmed = this.#confirmation.holds(this.bytes);
    if (this.barred !== null || (this.alone && !confirmed)) return;
    this.queueing = true;
    this.problem = null;
    this.outcome = null;
    try {
      const bytes = this.bytes;
      await this.#autosave.flush();
      const draft = this.#autosave.draft?.id ?? null;
      if (this.bytes !== bytes) return;
      if (confirmed && draft) await this.#sameAsConfirmed(draft);
      this.#pending = draft;
      const base_rev = this.#autosave.draft?.rev ?? null;
      const added = await this.app.ask("post_add", {
        ...this.#post(),
        draft,
        base_rev,
        confirm_persona: confirmed,
      });
      this.#pending = null;
      this.#queued(added);
    } catch (thrown) {
      this.#notQueued(problemOf(thrown));
    } finally {
      this.queueing = false;
    }
  }

  async keep(): Promise<boolean> {
    if (!(await this.flush())) return false;
    this.clear();
    this.outcome = { kind: "kept" };
    return true;
  }

  async flush(): Promise<boolean> {
    try {
      await this.#autosave.flush();
      return true;
    } catch {
      return false;
    }
  }

  clear(): void {
    this.#autosave.open(null);
    this.#confirmation.take();
    Object.assign(this, { text: "", cw: null, visibility: null, splitting: false, typedHandle: false });
    Object.assign(this, { when: { kind: "next" }, override: false, findings: [], checks: {}, problem: null });
    this.pictures.all = [];
    this.lang = language();
    this.#choseSelf = false;
    if (this.alone) this.chosen = firstChoice(this.app.accounts);
    this.checkSoon();
  }

  /** Another draft; what is written now is kept first, and nothing happens if it cannot be. */
  async open(id: string): Promise<void> {
    if (!this.empty && !(await this.flush())) return;
    const draft = await this.#ofHost(id);
    // Keys typed meanwhile belong to what is left.
    if (draft && (await this.flush())) this.#show(draft, "");
  }

  /** The draft of last time. What was typed before it came stands behind it, in one draft. */
  async goOn(id: string): Promise<void> {
    const draft = await this.#ofHost(id);
    if (!draft || !(await this.flush())) return;
    const second = this.#autosave.draft;
    const typed = this.text;
    this.#show(draft, typed);
    if (typed === "") return;
    this.edited();
    if (second && second.id !== id && (await this.flush()))
      await this.app.ask("draft_remove", { id: second.id }).catch(() => {});
  }

  async #ofHost(id: string): Promise<DraftDetail | null> {
    try {
      return await this.app.ask("draft_show", { id });
    } catch {
      keepOpenDraft(null);
      return null;
    }
  }

  #show(draft: DraftDetail, behind: string): void {
    this.#autosave.open({ id: draft.id, rev: draft.rev });
    this.text = draft.content.parts.map((part) => part.text).join("\n---\n") + behind;
    this.cw = draft.cw;
    this.visibility = draft.visibility as Visibility | null;
    this.lang = draft.lang ?? language();
    this.pictures.all = draft.media.map(({ id, alt, bytes }) => ({ id, alt, bytes, removed: null }));
    // Never chosen for the person, not even by a draft: whoever speaks alone is chosen anew.
    const known = draft.accounts.filter((account) => this.app.account(account));
    this.chosen =
      known.length > 0 && !alone(this.app.accounts, known) ? known : firstChoice(this.app.accounts);
    this.#choseSelf = true;
    this.outcome = null;
    this.checkSoon();
  }

  checkSoon(): void {
    clearTimeout(this.#checkTimer);
    this.#checkTimer = setTimeout(() => void this.#check(), CHECK_AFTER_MS);
  }

  async #check(): Promise<void> {
    this.#checkNumber += 1;
    const number = this.#checkNumber;
    if (this.chosen.length === 0) {
      Object.assign(this, { checks: {}, findings: [] });
      return;
    }
    try {
      const found = await this.app.ask("post_check", {
        ...this.#post(),
        draft: null,
        confirm_persona: false,
      });
      if (number === this.#checkNumber)
        Object.assign(this, { checks: found.accounts, findings: found.findings });
    } catch {
      // Saving tells what is wrong; a count that is not known is not shown.
      if (number === this.#checkNumber) Object.assign(this, { checks: {}, findings: [] });
    }
  }

  #post(): PostInput {
    return {
      accounts: [...this.chosen],
      content: this.content,
      draft: null,
      base_rev: null,
      thread: this.thread,
      when: input(this.when),
      override_window: this.override,
      expires: null,
      hold: false,
      confirm_persona: false,
      zone: null,
    };
  }

  async #sameAsConfirmed(id: string): Promise<void> {
    const kept = await this.app.ask("draft_show", { id });
    const text = kept.content.parts.map((part) => part.text).join("\n---\n");
    if (text !== this.text || (kept.cw ?? "") !== (this.cw ?? "")) throw { code: "draft_stale" };
  }

  #queued(added: PostAdded): void {
    const first = firstTime(added);
    const held = added.deliveries.every((delivery) => delivery.state === "held");
    const tellAwake = this.app.preferences?.awake_told === false && first !== null;
    this.clear();
    this.outcome = { kind: "queued", at: first?.at ?? null, window: first?.window ?? null, held, tellAwake };
    if (tellAwake) void this.app.prefer({ awake_told: true }).catch(() => {});
  }

  #notQueued(problem: Problem): void {
    if (isUnanswered(problem) && this.#pending) this.outcome = { kind: "perhaps" };
    else this.problem = problem;
    this.#confirmation.take();
    this.typedHandle = false;
    if (problem.findings) this.findings = problem.findings;
  }

  async #connected(): Promise<void> {
    const pending = this.#pending;
    if (pending) {
      // The draft is gone once the post is queued: that tells whether it was.
      const there = await this.app.ask("draft_list", {}).catch(() => null);
      if (!there) return;
      this.#pending = null;
      this.queueing = false;
      if (!there.drafts.some((draft) => draft.id === pending)) {
        this.clear();
        this.outcome = { kind: "queued", at: null, window: null, held: false, tellAwake: false };
        return;
      }
      this.outcome = null;
    }
    this.#autosave.reconnected();
    this.checkSoon();
  }

  #saved(state: Saving): void {
    this.saving = state;
    void this.app.bridge.keepOpen("text", this.unsaved);
  }
}

function keepOpenDraft(id: string | null): void {
  if (id === null) localStorage.removeItem(OPEN_DRAFT);
  else localStorage.setItem(OPEN_DRAFT, id);
}

function openDraft(): string | null {
  return localStorage.getItem(OPEN_DRAFT);
}
