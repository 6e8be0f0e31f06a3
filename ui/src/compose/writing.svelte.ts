// The composer's state: what is written, what the host says of it, and the way to the queue.
import type { ContentInput, DraftDetail, PostInput, Problem, Visibility } from "../api.next";
import type { App } from "../app.svelte";
import { realTimers } from "../time/timers";
import { postLang } from "../words/lang";
import { Autosave, type Saving, type Written } from "./autosave";
import { Checks } from "./checks.svelte";
import { alone, firstChoice, ofDraft, toggled } from "./chosen";
import { bytesOf, Confirmation, needsConfirm } from "./confirmation";
import { type Counter, counters } from "./counters";
import { blocks, type Found, inWhole, moved, sorted } from "./findings";
import { keptToTheLast } from "./leaving";
import { OpenDraft } from "./openDraft";
import { Opening } from "./opening";
import { partsOf } from "./order";
import { LASTS, type Outcome } from "./outcome";
import { Own } from "./own.svelte";
import { Pasted } from "./pasted.svelte";
import { Pictures } from "./pictures.svelte";
import { Sending } from "./sending.svelte";
import { TextStays } from "./stays";
import { Thread } from "./thread.svelte";
import { meant } from "./trial";
import { type Aim, aim, input, type When } from "./when";
import { COMMON, contentOf, hasRest, hasRule, NO_REST, type Rest, type Shown } from "./written";

const LOOK_AFTER_MS = 150;

export class Writing {
  text = $state("");
  cw = $state<string | null>(null);
  visibility = $state<Visibility | null>(null);
  /** undefined: nobody has chosen one; null: the post says none. */
  #chosenLang = $state<string | null | undefined>(undefined);
  splitting = $state(false);
  /** The parts of a thread end with their numbers. */
  numbered = $state(false);
  chosen = $state<string[]>([]);
  /** Whose draft this was, as long as nobody is chosen for it: it stays theirs. */
  whose = $state<string[] | null>(null);
  rest = $state.raw<Rest>(NO_REST);
  when = $state<When>({ kind: "next" });
  override = $state(false);
  /** It waits for a second look. */
  hold = $state(false);
  /** After that it is not to go out any more. */
  expires = $state.raw<{ day: string; time: string } | null>(null);
  saving = $state<Saving>({ kind: "nothing" });
  outcome = $state<Outcome | null>(null);
  problem = $state<Problem | null>(null);
  typedHandle = $state(false);
  readonly opened: OpenDraft;
  readonly opening: Opening;
  readonly pictures: Pictures;
  readonly own: Own;
  readonly parts: Thread;
  readonly pasted: Pasted;
  readonly autosave: Autosave;
  readonly confirmation = new Confirmation();
  readonly sending: Sending;
  readonly check: Checks;
  readonly stays: TextStays;
  #changed: ReturnType<typeof setTimeout> | undefined;
  #choseSelf = false;
  /** As whom the chosen ones were chosen. */
  #personas = new Map<string, string>();

  constructor(readonly app: App) {
    this.opened = new OpenDraft(app.bridge);
    this.pictures = new Pictures(app, () => this.edited());
    this.pictures.cut = () => {
      const parts = partsOf(this.text, this.pictures.all);
      return Object.values(this.check.accounts).some((check) => check && check.parts !== parts);
    };
    this.own = new Own(app, this);
    this.parts = new Thread(app, this);
    this.pasted = new Pasted(app, this);
    this.opening = new Opening(this);
    this.check = new Checks(app.ask, () => this.post());
    this.stays = new TextStays(app.bridge, this);
    this.sending = new Sending(this);
    this.autosave = new Autosave(app.ask, realTimers, {
      saving: (state) => this.#saved(state),
      adding: (at) => this.opened.adding(at),
      draft: (draft) => this.opened.is(draft?.id ?? null),
      second: () => {
        this.outcome = { kind: "second" };
      },
    });
    app.bridge.onEvent((event) => {
      if (event.event === "changed") this.#changedSoon();
    });
    app.bridge.onLeaving(() => keptToTheLast(this));
    app.bridge.onConnection((state) => {
      if (state === "connected") void this.#connected();
      else this.autosave.disconnected();
    });
  }

  readonly #said = $derived.by(() => postLang(this.text, this.app.language));

  get lang(): string | null {
    return this.#chosenLang === undefined ? this.#said : this.#chosenLang;
  }

  chooseLang(lang: string | null): void {
    this.#chosenLang = lang;
    this.edited();
  }

  get content(): ContentInput {
    return contentOf(this, this.pictures.all);
  }

  readonly #ruled = $derived.by(() => this.#texts.some(hasRule));

  get #texts(): string[] {
    return [this.text, ...Object.values(this.rest.variants)];
  }

  get thread(): boolean {
    return this.splitting || this.#ruled || this.pictures.all.some((picture) => picture.part > 0);
  }

  get empty(): boolean {
    const blank = this.#texts.every((text) => text.trim() === "");
    return blank && this.pictures.all.length === 0 && this.rest.repost === null;
  }

  get unsaved(): boolean {
    return this.saving.kind !== "saved" && this.saving.kind !== "nothing";
  }

  get counters(): Counter[] {
    return counters(this.app.accounts, this.chosen, this.check.accounts);
  }

  /** Found once a check; a key only moves them. */
  readonly #found = $derived.by(() => {
    const { findings, of, accounts } = this.check;
    const { sight } = this.own;
    const networks = Object.fromEntries(this.app.accounts.map(({ id, network }) => [id, network]));
    const own = Object.keys(of.texts).filter((one) => one !== COMMON);
    const blank = Object.values(of.texts).every((text) => text.trim() === "");
    const text = of.texts[sight] ?? "";
    return inWhole(sorted(findings, blank), { text, thread: of.thread, own, sight }, accounts, networks);
  });

  readonly shown: readonly Found[] = $derived.by(() =>
    moved(this.#found, this.check.of.texts[this.own.sight] ?? "", this.own.text),
  );

  get alone() {
    return alone(this.app.accounts, this.chosen);
  }

  get aim(): Aim {
    const { days, now } = this.app;
    const opens = aim(this.when, days, now, this.chosen);
    const same = JSON.stringify(this.check.when) === JSON.stringify(input(this.when));
    return same ? meant(opens, this.check.times, this.chosen, days) : opens;
  }

  get bytes(): string {
    return bytesOf(this.chosen, this.content);
  }

  /** Why the button does nothing now; null: it works. */
  get barred(): "no_account" | "pictures" | "empty" | "too_long" | "blocked" | "offline" | "busy" | null {
    if (this.sending.busy) return "busy";
    if (this.app.connection !== "connected") return "offline";
    if (this.chosen.length === 0) return "no_account";
    if (this.pictures.coming > 0) return "pictures";
    if (this.empty) return "empty";
    if (this.counters.some((counter) => counter.over > 0)) return "too_long";
    return blocks(this.shown) ? "blocked" : null;
  }

  /** What came of the last text is no news any more. */
  seen(): void {
    if (["queued", "kept", "last_time", "stays", "first"].includes(this.outcome?.kind ?? ""))
      this.outcome = null;
  }

  /** Something that is kept or sent has changed: it is saved, checked, and a confirmation is void. */
  edited(): void {
    const { outcome } = this;
    const lasts =
      this.sending.lost ||
      (outcome && LASTS.has(outcome.kind)) ||
      (outcome?.kind === "queued" && outcome.more);
    if (!lasts) this.outcome = null;
    this.problem = null;
    if (this.confirmation.given && !this.confirmation.holds(this.bytes)) {
      this.confirmation.take();
      this.typedHandle = false;
    }
    this.autosave.changed(this.written);
    this.stays.tell();
    this.checkSoon();
  }

  toggle(id: string): void {
    this.#choseSelf = true;
    this.#choose(toggled(this.app.accounts, this.chosen, id));
    this.typedHandle = false;
    this.edited();
  }

  backToPersonal(): void {
    this.#choose(firstChoice(this.app.accounts));
    this.edited();
  }

  /**
   * Accounts came, changed or went: at first the personal ones are chosen, and nobody stays chosen as somebody else.
   * What is written stays a draft of those who were.
   */
  accountsCame(): void {
    const { accounts } = this.app;
    const known = accounts.filter((account) => this.chosen.includes(account.id));
    const shy = known.filter(needsConfirm);
    const others = shy.some((account) => this.#personas.get(account.id) !== account.persona);
    const none = others || (shy.length > 0 && known.length > 1);
    const first = known.length === 0 && !this.#choseSelf;
    const left = this.chosen.filter((id) => known.some((account) => account.id === id));
    const next = none ? [] : first ? firstChoice(accounts) : left;
    if (next.join() === this.chosen.join()) return;
    const whose = next.length === 0 && !this.empty ? [...this.chosen] : null;
    this.#choose(next);
    this.whose = whose;
    this.#choseSelf ||= none;
    if (this.empty) this.checkSoon();
    else this.edited();
  }

  #choose(ids: string[]): void {
    this.chosen = ids;
    this.whose = null;
    this.#personas = new Map(ids.map((id) => [id, this.app.account(id)?.persona ?? ""]));
  }

  queue(): Promise<void> {
    return this.sending.queue();
  }

  /** Cuts come into what goes out: who has confirmed it whole has not confirmed that. */
  split(): void {
    this.splitting = true;
    this.confirmation.take();
    this.typedHandle = false;
    this.edited();
  }

  /** Numbers come into what goes out too. */
  number(): void {
    this.numbered = !this.numbered;
    this.confirmation.take();
    this.typedHandle = false;
    this.edited();
  }

  confirmByHandle(): void {
    this.confirmation.give(this.bytes);
    this.typedHandle = true;
  }

  /** The held button was held: these bytes are confirmed, and nothing after an edit. */
  async queueConfirmed(bytes: string): Promise<void> {
    this.confirmation.give(bytes);
    await this.sending.queue();
  }

  async keep(): Promise<boolean> {
    const nothing = this.empty && this.pictures.coming === 0;
    if (!(await this.kept())) return false;
    this.clear();
    if (!nothing) this.outcome = { kind: "kept" };
    return true;
  }

  /** All that is written and on its way in is kept, and nothing of it is on its way to the queue. */
  async kept(): Promise<boolean> {
    do {
      await this.sending.settled();
      await this.pictures.settled();
      if (this.sending.lost || !(await this.flush())) return false;
    } while (this.sending.busy || this.pictures.coming > 0);
    return true;
  }

  async flush(): Promise<boolean> {
    try {
      await this.autosave.flush();
      return true;
    } catch {
      return false;
    }
  }

  clear(): void {
    this.autosave.open(null);
    this.#begin({ text: "", pictures: [], rest: NO_REST });
    Object.assign(this, { cw: null, visibility: null });
    this.check.none();
    this.#chosenLang = undefined;
    this.#choseSelf = false;
    const none = this.alone !== null || this.whose !== null;
    if (none) this.#choose(firstChoice(this.app.accounts));
    this.stays.tell();
    this.checkSoon();
  }

  /** Nothing is here but a text, and nobody has chosen anything for it. */
  get textAlone(): boolean {
    const { cw, visibility, splitting } = this;
    const pictures = this.pictures.all.length + this.pictures.coming;
    const usual =
      this.#chosenLang === undefined &&
      !this.hold &&
      !this.expires &&
      this.when.kind === "next" &&
      !this.#choseSelf;
    return usual && pictures === 0 && cw === null && visibility === null && !splitting && !hasRest(this.rest);
  }

  /** Another draft is written on from now on. */
  show(draft: DraftDetail, shown: Shown): void {
    this.#begin(shown);
    this.cw = draft.cw;
    this.visibility = draft.visibility as Visibility | null;
    // What the text says by itself need not have been chosen.
    this.#chosenLang = draft.lang === postLang(shown.text, this.app.language) ? undefined : draft.lang;
    // Never chosen for the person, not even by a draft: whoever speaks alone is chosen anew.
    const chosen = ofDraft(this.app.accounts, draft.accounts);
    this.#choose(chosen ?? []);
    if (!chosen) this.whose = draft.accounts;
    this.#choseSelf = true;
    this.outcome = null;
    this.autosave.open({ id: draft.id, rev: draft.rev }, this.written);
    this.stays.tell();
    this.checkSoon();
  }

  /** Nothing that was said of another draft holds for this one. */
  #begin({ text, pictures, rest }: Shown): void {
    this.confirmation.take();
    Object.assign(this, { text, rest, splitting: false, numbered: false, typedHandle: false, problem: null });
    Object.assign(this, { when: { kind: "next" }, override: false, hold: false, expires: null });
    this.pictures.show(pictures);
    this.own.show();
    this.parts.show();
    this.pasted.show();
  }

  get written(): Written {
    const { content, whose } = this;
    if (!whose) return { accounts: [...this.chosen], content };
    return { accounts: whose.filter((id) => this.app.account(id)), unchosen: true, content };
  }

  checkSoon(): void {
    this.check.soon();
  }

  post(): PostInput {
    return {
      accounts: [...this.chosen],
      content: this.content,
      draft: null,
      base_rev: null,
      thread: this.thread,
      numbered: this.thread && this.numbered,
      when: input(this.when),
      override_window: this.override,
      expires: this.expires ? `${this.expires.day} ${this.expires.time}` : null,
      hold: this.hold,
      confirm_persona: false,
      zone: null,
    };
  }

  async #connected(): Promise<void> {
    await this.sending.look();
    this.autosave.reconnected();
    this.checkSoon();
  }

  #changedSoon(): void {
    clearTimeout(this.#changed);
    this.#changed = setTimeout(() => {
      if (this.sending.lost) void this.sending.look();
      else void this.autosave.lookAfter();
      // What waits already moves what is named here.
      this.checkSoon();
    }, LOOK_AFTER_MS);
  }

  #saved(state: Saving): void {
    this.saving = state;
    this.stays.tell();
  }
}
