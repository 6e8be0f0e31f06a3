// What every screen shares: the host, what it last said, and the time.
import { getContext, setContext } from "svelte";
import type { AccountView, PeriodInput, Preferences, Problem, Status, WindowView } from "./api.next";
import type { Bridge, Connection, What } from "./bridge/bridge";
import { type Ask, asker, problemOf } from "./bridge/host";
import { type Look, look } from "./look";
import { Undo, type Undoable } from "./parts/undo";
import { type Days, daysOf, mondayOf, NO_DAYS, usualRange } from "./time/spans";
import { realTimers } from "./time/timers";
import type { Language } from "./words/words";

export type View = What | "first-run";

const TICK_MS = 5000;
const SETTLE_MS = 80;
/** What an answer to the keyring's question would end. */
const LOCKED = ["keyring_locked", "keyring_dismissed", "keyring_timed_out"];

export class App {
  readonly ask: Ask;
  connection = $state<Connection>("starting");
  /** What keeps the shell from the host. */
  away = $state<Problem | null>(null);
  language = $state<Language>("en");
  view = $state<View>("compose");
  now = $state(new Date());
  accounts = $state<AccountView[]>([]);
  windows = $state<WindowView[]>([]);
  hours = $state<WindowView[]>([]);
  days = $state.raw<Days>(NO_DAYS);
  status = $state<Status | null>(null);
  /** Why the host tells nothing of the folder. */
  shut = $state<Problem["code"] | null>(null);
  /** The database is damaged, and what there is to go back to. */
  damage = $state<Problem | null>(null);
  preferences = $state<Preferences | null>(null);
  undoable = $state<Undoable | null>(null);
  /** The draft that the composer is asked to go on with. */
  draftToOpen = $state<string | null>(null);
  /** The account that somebody goes to Accounts for, to sign in again. */
  signInTo = $state<string | null>(null);
  /** The composer stays when it loses the focus, and when a post is queued. */
  pinned = $state(false);
  /** Counts how often the host asked for the composer: it begins with the text each time. */
  called = $state(0);
  /** Counts what the host said has changed: sections read again. */
  changes = $state(0);
  loaded = $state(false);
  readonly undo = new Undo(realTimers, (what) => {
    this.undoable = what;
  });
  #again: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly bridge: Bridge,
    private readonly setLook: (wanted: Partial<Look>) => Promise<Language>,
  ) {
    this.ask = asker(bridge);
    this.language = look.language;
    setInterval(() => {
      this.now = new Date();
      // A page that stays open sees weeks come and go.
      if (this.loaded && mondayOf(this.now).getTime() !== this.days.from.getTime()) this.#readSoon();
    }, TICK_MS);
    bridge.onConnection((state) => {
      const back = state === "connected" && this.connection !== "connected";
      this.connection = state;
      if (state === "gone") void this.#askWhy();
      if (!back) return;
      this.away = null;
      void this.read();
    });
    bridge.onEvent((event) => {
      if (event.event === "show") this.show(event.what);
      else if (event.event === "changed" || event.event === "delivery") this.#readSoon();
    });
    bridge.onDraft((id) => {
      this.draftToOpen = id;
    });
    bridge.onShow((what) => {
      this.show(what);
      if (what === "compose") this.called += 1;
    });
  }

  get locked(): boolean {
    return LOCKED.includes(this.shut ?? this.status?.reason ?? "");
  }

  /** The host is a newer one, or the person has quit: this window can save nothing more. */
  get outdated(): boolean {
    return this.away?.code === "updated_start_again" || this.away?.code === "retiring";
  }

  /** There is no account to post as. */
  get nowhere(): boolean {
    return this.loaded && this.connection === "connected" && this.accounts.length === 0;
  }

  get paused(): boolean {
    return this.status?.reason === "paused";
  }

  account(id: string): AccountView | undefined {
    return this.accounts.find((account) => account.id === id);
  }

  show(what: What): void {
    this.view = what === "main" && this.preferences?.first_run_done === false ? "first-run" : what;
  }

  /** A second composer would make a second draft of the same thought: whoever wants to write gets the one that there is. */
  compose(draft: string | null = null): void {
    void this.bridge.openComposer(draft);
  }

  pin(on: boolean): void {
    this.pinned = on;
    void this.bridge.keepOpen("pinned", on);
  }

  /** Reads all that screens share. A locked keyring leaves what needs it as it was, and the look as it is remembered. */
  async read(): Promise<Problem | null> {
    try {
      const preferences = await this.ask("preferences_show", {}).catch(unknownToTheHost);
      if (preferences) await this.setPreferences(preferences);
      this.status = await this.ask("status", {});
      const [accounts, windows, hours, days] = await Promise.all([
        this.ask("account_list", {}),
        this.ask("window_list", {}),
        this.ask("hours_show", {}),
        this.spans(...usualRange(new Date())).catch(unknownToTheHost),
      ]);
      this.accounts = accounts.accounts;
      this.windows = windows.windows;
      this.hours = hours.hours;
      this.days = days ?? NO_DAYS;
      this.shut = null;
      this.damage = null;
      this.loaded = true;
      this.changes += 1;
      return null;
    } catch (thrown) {
      const problem = problemOf(thrown);
      this.shut = problem.code;
      this.damage = problem.code === "database_damaged" ? problem : null;
      return problem;
    }
  }

  /** `hours`: as if these were the work hours. */
  async spans(from: Date, to: Date, hours: PeriodInput[] | null = null): Promise<Days> {
    const told = await this.ask("spans", { from: from.toISOString(), to: to.toISOString(), hours });
    return daysOf(from, to, told);
  }

  async setPreferences(preferences: Preferences): Promise<void> {
    this.preferences = preferences;
    this.language = await this.setLook({ wanted: preferences.language, theme: preferences.theme });
    if (this.view === "main" && !preferences.first_run_done) this.view = "first-run";
  }

  async prefer(change: Partial<Preferences>): Promise<void> {
    await this.setPreferences(await this.ask("preferences_set", change));
  }

  /** The shell answers by itself, with its reason. */
  async #askWhy(): Promise<void> {
    try {
      await this.ask("status", {});
    } catch (thrown) {
      if (this.connection !== "connected") this.away = problemOf(thrown);
    }
  }

  #readSoon(): void {
    clearTimeout(this.#again);
    this.#again = setTimeout(() => void this.read(), SETTLE_MS);
  }
}

/** A host of another build may lack a request: the page goes on without what it would have told. */
function unknownToTheHost(thrown: unknown): null {
  if (typeof thrown === "object" && thrown && "code" in thrown && thrown.code === "not_understood")
    return null;
  throw thrown;
}

const KEY = Symbol("app");

export function provide(app: App): void {
  setContext(KEY, app);
}

export function getApp(): App {
  return getContext<App>(KEY);
}
