// An honest practice world in memory, behind the same bridge as the program's shell. Tests and `vite dev` use it; it is
// no part of a build.
import type { HostEvent, Problem, Request } from "../src/api.next";
import type { Bridge, Connection, Drop, What } from "../src/bridge/bridge";
import * as answers from "./fake/answers";
import { ownTime } from "./fake/own";
import { draw, told, waiting } from "./fake/plan";
import { type Seed, seeded } from "./fake/seeds";
import { spacingAsAll, spacingSet } from "./fake/spacing";
import { queueWhen } from "./fake/when";
import { stamp, type World } from "./fake/world";

export interface FakeOptions {
  seed?: Seed;
  language?: "ja" | "en";
  platform?: Bridge["platform"];
  /** How long an answer takes. */
  delay?: number;
}

type Tell<T> = (value: T) => void;

export class FakeHost {
  readonly world: World;
  readonly asked: Request[] = [];
  readonly opened: string[] = [];
  readonly staysOpen = new Set<string>();
  hidden = false;
  /** Questions that are not answered yet. */
  open = 0;
  /** What the world has told by itself. */
  told = 0;
  painted = 0;
  mounted = 0;
  picks: string[] = ["/home/haruka/ginkgo.jpg"];
  #connection: Connection = "connected";
  #swallow: { what: Request["do"]; done: boolean; twice: boolean } | null = null;
  #stalled: { what: Request["do"]; go: Promise<void> } | null = null;
  #failing: { what: Request["do"]; why: Problem; left: number } | null = null;
  /** What has no answer yet. The shell answers in any case: when a host is there again, or when none will be. */
  #lost: { again: () => unknown; resolve: (answer: unknown) => void; refuse: (why: Problem) => void }[] = [];
  #why: Problem = { code: "host_gone" };
  #events = new Set<Tell<HostEvent>>();
  #connections = new Set<Tell<Connection>>();
  #shows = new Set<Tell<What>>();
  #drops = new Set<Tell<Drop>>();
  #drafts = new Set<Tell<string>>();
  #leavings = new Set<() => Promise<boolean>>();

  constructor(private readonly options: FakeOptions = {}) {
    this.world = seeded(options.seed ?? {}, Date.now());
    setInterval(() => this.#tick(), 500);
  }

  get bridge(): Bridge {
    const hear =
      <T>(all: Set<Tell<T>>) =>
      (tell: Tell<T>) => {
        all.add(tell);
        return () => void all.delete(tell);
      };
    return {
      ask: <T>(request: Request) => this.#ask(request) as Promise<T>,
      onEvent: hear(this.#events),
      onConnection: (tell) => {
        queueMicrotask(() => tell(this.#connection));
        return hear(this.#connections)(tell);
      },
      onShow: hear(this.#shows),
      painted: async () => {
        this.painted += 1;
      },
      mounted: async () => {
        this.mounted += 1;
      },
      hide: async () => {
        this.hidden = true;
      },
      keepOpen: async (reason, on) => {
        if (on) this.staysOpen.add(reason);
        else this.staysOpen.delete(reason);
      },
      openMain: async () => this.show("main"),
      // One page plays both windows here.
      openComposer: async (draft) => {
        this.show("compose");
        if (draft) for (const tell of this.#drafts) tell(draft);
      },
      openDraft: async () => localStorage.getItem("kossori.draft"),
      keepOpenDraft: async (mark) => {
        if (mark === null) localStorage.removeItem("kossori.draft");
        else localStorage.setItem("kossori.draft", mark);
      },
      onDraft: hear(this.#drafts),
      onLeaving: hear(this.#leavings),
      pickPictures: async () => this.picks,
      pastedPicture: async () => null,
      onDrop: hear(this.#drops),
      openExternal: async (url) => void this.opened.push(url),
      platform: this.options.platform ?? "linux",
      systemLanguage: this.options.language ?? "en",
      window: location.hash === "#main" ? "main" : "compose",
    };
  }

  /** Nobody answers now. */
  get away(): boolean {
    return this.#connection !== "connected";
  }

  /** The resident dies: what is under way has no answer for now. */
  die(state: "starting" | "gone" = "starting", why: Problem = { code: "host_gone" }): void {
    this.#connection = state;
    this.#why = why;
    if (state === "gone") for (const one of this.#lost.splice(0)) one.refuse(why);
    for (const tell of this.#connections) tell(state);
  }

  revive(): void {
    this.#connection = "connected";
    for (const tell of this.#connections) tell("connected");
    for (const one of this.#lost.splice(0)) {
      try {
        one.resolve(one.again());
      } catch (refused) {
        one.refuse(refused as Problem);
      }
    }
  }

  /**
   * The next such request is carried out, or not, and its answer is lost. The shell asks again under the same id when a
   * host is there again; an answer that is lost twice is `host_gone`.
   */
  swallow(what: Request["do"], { done = true, twice = false } = {}): void {
    this.#swallow = { what, done, twice };
  }

  /** Such requests wait until what is answered here is called. */
  stall(what: Request["do"]): () => void {
    let go = () => {};
    this.#stalled = { what, go: new Promise((end) => (go = end)) };
    return () => {
      this.#stalled = null;
      go();
    };
  }

  /** The next such requests are refused, and nothing of them done. */
  fail(what: Request["do"], why: Problem, times = 1): void {
    this.#failing = { what, why, left: times };
  }

  show(what: What): void {
    this.hidden = false;
    for (const tell of this.#shows) tell(what);
  }

  drop(event: Drop): void {
    for (const tell of this.#drops) tell(event);
  }

  tell(event: HostEvent): void {
    this.told += 1;
    for (const tell of this.#events) tell(event);
  }

  async #ask(request: Request): Promise<unknown> {
    this.open += 1;
    try {
      return await this.#answered(request);
    } finally {
      this.open -= 1;
    }
  }

  async #answered(request: Request): Promise<unknown> {
    this.asked.push(request);
    await new Promise((go) => setTimeout(go, this.options.delay ?? 2));
    // As the shell does: while a host is looked for all waits, and when there is none all is refused.
    if (this.#connection === "gone") throw this.#why;
    if (this.#connection !== "connected") return this.#later(() => this.#answered(request));
    if (this.#failing?.what === request.do) {
      const { why } = this.#failing;
      this.#failing.left -= 1;
      if (this.#failing.left === 0) this.#failing = null;
      throw why;
    }
    if (this.#stalled?.what === request.do) await this.#stalled.go;
    const lost = this.#swallow?.what === request.do ? this.#swallow : null;
    if (!lost) return structuredClone(this.#answer(request));
    this.#swallow = null;
    const answer = lost.done ? structuredClone(this.#answer(request)) : null;
    this.die();
    return this.#later(() => {
      if (lost.twice) return Promise.reject({ code: "host_gone" } satisfies Problem);
      // Asked again under its id, it is answered as before and not done twice.
      return answer ?? structuredClone(this.#answer(request));
    });
  }

  #later(again: () => unknown): Promise<unknown> {
    return new Promise((resolve, refuse) => this.#lost.push({ again, resolve, refuse }));
  }

  #answer(request: Request): unknown {
    const { world } = this;
    const now = Date.now();
    const changed = <T>(answer: T): T => {
      queueMicrotask(() => this.tell({ event: "changed" }));
      return answer;
    };
    if (world.reason === "folder_is_a_copy" && request.do === "adopt") {
      world.reason = null;
      return changed({});
    }
    if (world.damaged && request.do !== "backup_restore") answers.refuse("database_damaged", world.damaged);
    if (world.locked && request.do !== "unlock") {
      answers.refuse("keyring_locked");
    }
    switch (request.do) {
      case "account_list":
        return { accounts: world.accounts };
      case "account_add":
        return changed(answers.accountAdd(world, request));
      case "account_check":
        return world.accounts.find((a) => a.id === request.id) ?? answers.refuse("unknown_account");
      case "account_sign_in": {
        const account = world.accounts.find((a) => a.id === request.id) ?? answers.refuse("unknown_account");
        account.health = "ok";
        return changed({});
      }
      case "sign_in_begin":
        return answers.signInBegin(world, request);
      case "sign_in_wait":
        return changed(answers.signInWait(world, request));
      case "sign_in_cancel":
        world.signIns.delete(request.id);
        return {};
      case "account_edit": {
        const account = world.accounts.find((a) => a.id === request.id) ?? answers.refuse("unknown_account");
        if (request.persona) account.persona = request.persona;
        if (request.client_name !== null) account.client_name = request.client_name || null;
        if (request.proxy !== null) {
          const kind = /^(socks5h|https?):\/\/.+:\d+$/.exec(request.proxy)?.[1];
          if (account.network === "practice") answers.refuse("proxy_needless");
          if (request.proxy.startsWith("socks5:")) answers.refuse("proxy_resolves_here");
          if (!kind && request.proxy !== "none") answers.refuse("bad_proxy");
          account.proxy = kind ?? null;
        }
        return changed({});
      }
      case "account_sign_out": {
        const account = world.accounts.find((a) => a.id === request.id) ?? answers.refuse("unknown_account");
        account.health = "needs_sign_in";
        return changed({ ...account, moved: [] });
      }
      case "account_remove": {
        const its = waiting(world).filter((d) => d.account === request.id);
        for (const d of its) answers.queueRemove(world, d.id, false, now);
        world.accounts = world.accounts.filter((a) => a.id !== request.id);
        return changed({});
      }
      case "draft_add": {
        const added = answers.draftAdd(world, request, now);
        this.tell({ event: "draft", id: added.id, rev: added.rev });
        return added;
      }
      case "draft_edit": {
        const edited = answers.draftEdit(world, request, now);
        this.tell({ event: "draft", id: edited.id, rev: edited.rev });
        return edited;
      }
      case "draft_list":
        return answers.draftList(world);
      case "draft_show":
        return answers.draftShow(world, request.id);
      case "draft_remove":
        if (!world.drafts.some((d) => d.id === request.id))
          answers.refuse("unknown_draft", { draft: request.id });
        world.drafts = world.drafts.filter((d) => d.id !== request.id);
        return changed({});
      case "post_check":
        return answers.postCheck(world, request, now);
      case "post_add":
        return changed(answers.postAdd(world, request, now));
      case "queue_list":
        return answers.queueList(world, request.all, now);
      case "queue_show": {
        const d = answers.the(world, request.id);
        return {
          ...answers.view(world, d, now),
          findings: [],
          tries: [],
          content: answers.shown(world, d.content),
        };
      }
      case "queue_edit":
        return changed(answers.queueEdit(world, request, now));
      case "queue_when":
        return changed(queueWhen(world, request, now));
      case "queue_move":
        return changed(answers.queueMove(world, request.id, request.to, now));
      case "queue_hold": {
        const d = answers.the(world, request.id);
        if (d.state !== "queued") answers.refuse("not_possible_now");
        Object.assign(d, { state: "held", planned: null, planned_at: null, window: null });
        d.hold_until = request.until;
        return changed({ moved: draw(world, now) });
      }
      case "queue_approve": {
        const d = answers.the(world, request.id);
        if (d.state !== "held") answers.refuse("not_possible_now");
        const account = world.accounts.find((a) => a.id === d.account);
        if (account?.persona !== "personal" && !request.confirm_persona) {
          answers.refuse("confirm_persona", { account: account?.handle ?? "" });
        }
        Object.assign(d, { state: "queued", planned: null, hold_until: null });
        return changed({ moved: draw(world, now) });
      }
      case "queue_retry": {
        const d = answers.the(world, request.id);
        Object.assign(d, { state: "queued", planned: null, code: null, server_words: null });
        return changed({ moved: draw(world, now) });
      }
      case "queue_remove":
        return changed(answers.queueRemove(world, request.id, request.discard, now));
      case "post_delete": {
        const d = answers.the(world, request.id);
        if (!d.deletable) answers.refuse("not_sent");
        Object.assign(d, { deletable: false, deleted_at: stamp(now), parts_there: [] });
        const content = answers.shown(world, d.content);
        return changed({ ...answers.view(world, d, now), findings: [], tries: [], content });
      }
      case "queue_resolve": {
        const d = answers.the(world, request.id);
        if (d.state !== "needs_you") answers.refuse("not_possible_now");
        d.ended = now;
        if (request.resolution === "leave") d.state = "left";
        else if (request.resolution === "not_there")
          Object.assign(d, { state: "queued", frozen: true, planned: null });
        else {
          const { url } = request.resolution.there;
          if (d.parts > 1 && !url) answers.refuse("part_url_needed");
          Object.assign(d, { state: "sent", sent_at: stamp(now), url });
        }
        draw(world, now);
        return changed({
          ...answers.view(world, d, now),
          findings: [],
          tries: [],
          content: answers.shown(world, d.content),
        });
      }
      case "journal":
        return answers.journal(world, request, now);
      case "window_list":
        return { windows: world.windows, moved: [], now_next: 0 };
      case "window_add": {
        if (world.windows.some((w) => w.name === request.name))
          answers.refuse("window_exists", { name: request.name });
        world.windows.push({
          ...answers.period(world, request.name, request.title ?? "", request.period),
          enabled: !request.disabled,
        });
        return this.#windows(changed);
      }
      case "window_edit": {
        const window =
          world.windows.find((w) => w.name === request.name) ??
          answers.refuse("unknown_window", { name: request.name });
        Object.assign(window, answers.patched(world, window, request.patch));
        return this.#windows(changed);
      }
      case "window_enable": {
        const window = world.windows.find((w) => w.name === request.name) ?? answers.refuse("unknown_window");
        window.enabled = request.enabled;
        return this.#windows(changed);
      }
      case "window_remove":
        if (!world.windows.some((w) => w.name === request.name))
          answers.refuse("unknown_window", { name: request.name });
        world.windows = world.windows.filter((w) => w.name !== request.name);
        return this.#windows(changed);
      case "hours_show":
        return { hours: world.hours, moved: [] };
      case "hours_set":
        world.hours = [answers.workHours(world, "work", request.period)];
        return changed({ hours: world.hours, moved: draw(world, now, () => true) });
      case "hours_add":
        world.hours.push(answers.workHours(world, `work${world.hours.length + 1}`, request.period));
        return changed({ hours: world.hours, moved: draw(world, now, () => true) });
      case "hours_clear":
        world.hours = [];
        return changed({ hours: [], moved: draw(world, now, () => true) });
      case "break_now": {
        const practice = world.accounts.filter((a) => a.network === "practice").map((a) => a.id);
        const accounts = request.practice_only ? practice : request.accounts;
        const to = new Date(now + request.minutes * 60_000);
        world.breaks = [{ from: new Date(now), to, window: "break", accounts }];
        const his = (account: string) => accounts.length === 0 || accounts.includes(account);
        return changed(
          answers.spread(
            world,
            now,
            draw(world, now, (d) => d.when === "next" && his(d.account)),
          ),
        );
      }
      case "break_end":
        if (world.breaks.length === 0) answers.refuse("no_break");
        world.breaks = [];
        return changed(
          answers.spread(
            world,
            now,
            draw(world, now, () => true),
          ),
        );
      case "resume":
        world.pausedUntil = undefined;
        return changed(
          answers.spread(
            world,
            now,
            draw(world, now, () => true),
          ),
        );
      case "spans": {
        const hours = request.hours?.map((one) => answers.workHours(world, "work", one)) ?? null;
        return told(world, new Date(request.from), new Date(request.to), hours);
      }
      case "cost_show":
        return answers.costOf(world);
      case "cost_set": {
        const { cap, ...prices } = request;
        const typed = [cap, ...Object.values(prices)].filter((text) => typeof text === "string");
        const wrong = typed.find((text) => !/^\$?\d+(\.\d{1,6})?$/.test(text));
        if (wrong !== undefined) answers.refuse("bad_amount", { text: wrong });
        if (cap !== undefined) world.cost.cap = cap === null ? null : Number(cap);
        for (const [name, price] of Object.entries(prices)) {
          if (typeof price === "string" && name in world.cost.prices)
            Object.assign(world.cost.prices, { [name]: Number(price) });
        }
        return changed(answers.costOf(world));
      }
      case "spacing_show":
        return { default: world.spacing, accounts: world.ownSpacing, moved: [] };
      case "spacing_set":
        return changed(spacingSet(world, request, now));
      case "spacing_as_all":
        return changed(spacingAsAll(world, request, now));
      case "plan":
        return answers.plan(world, now);
      case "status":
        return this.#status();
      case "timeline":
        return { posts: world.timeline.get(request.account) ?? [] };
      case "practice_next":
        world.faults.set(request.account, request.fault);
        return {};
      case "clock_confirm":
        world.reason = null;
        return changed({});
      case "backup_restore":
        if (request.id !== world.damaged?.backup && !world.backups.some(({ id }) => id === request.id))
          answers.refuse("unknown_backup", { id: request.id });
        world.damaged = null;
        world.reason = "folder_is_a_copy";
        return {};
      case "backup_list":
        return { backups: world.backups };
      case "backup_make": {
        const made = {
          id: `kossori-${now}-asked`,
          at: stamp(now),
          why: "asked",
          bytes: 1_450_000,
          whole: true,
        };
        world.backups.unshift(made);
        world.backups.splice(5);
        return made;
      }
      case "doctor":
        return {
          checks: ["keyring", "folder", "database", "pictures"].map((name) => ({
            name,
            ok: !(name in world.ill),
            message: world.ill[name] ?? "",
            hint: null,
          })),
        };
      case "unlock":
        world.locked = false;
        return changed({});
      case "picture_add":
        if (request.path.endsWith(".heic"))
          answers.refuse("picture_heic", { file: request.path.split("/").pop() ?? "" });
        return answers.picture(world, DOT, 421_888);
      case "picture_begin": {
        const upload = `upload-${world.uploads.size + 1}`;
        world.uploads.set(upload, []);
        return { upload };
      }
      case "picture_chunk":
        world.uploads.get(request.upload)?.push(request.base64);
        return {};
      case "picture_end": {
        const data = (world.uploads.get(request.upload) ?? []).join("");
        return answers.picture(world, data, Math.round((data.length * 3) / 4));
      }
      case "picture_thumb":
        return { mime: "image/png", base64: world.pictures.get(request.id)?.data ?? DOT };
      case "preferences_show":
        return world.preferences;
      case "preferences_set": {
        const { do: _do, ...set } = request;
        if (set.autostart && !world.preferences.autostart_possible)
          return answers.refuse("autostart_not_here");
        Object.assign(world.preferences, set);
        return changed(world.preferences);
      }
      default: {
        const own = ownTime(world, request, now);
        if (own === undefined) return answers.refuse("not_built_yet", { what: request.do });
        return /_(list|show)$/.test(request.do) ? own : changed(own);
      }
    }
  }

  #windows(changed: <T>(answer: T) => T) {
    const moved = draw(this.world, Date.now(), () => true);
    return changed({ windows: this.world.windows, moved, now_next: 0 });
  }

  #status() {
    const { world } = this;
    const queue = waiting(world);
    const needs =
      queue.some((d) => d.state === "needs_you") ||
      world.locked ||
      world.accounts.some((a) => a.health === "needs_sign_in");
    const paused = world.pausedUntil !== undefined;
    const state = needs ? "needs_you" : paused ? "paused" : queue.length > 0 ? "queued" : "idle";
    const next = queue
      .filter((d) => d.state === "queued" && d.planned_at)
      .map((d) => d.planned_at ?? "")
      .sort()[0];
    const counts: Record<string, number> = {};
    for (const d of world.queue) counts[d.state] = (counts[d.state] ?? 0) + 1;
    const reason = world.locked ? "keyring_locked" : (world.reason ?? (paused ? "paused" : null));
    return {
      host: "resident",
      state,
      next_at: next ?? null,
      counts,
      reason,
      waits: [...new Set(queue.flatMap((d) => d.waits ?? []))],
      break_until: world.breaks[0] ? stamp(world.breaks[0].to.getTime()) : null,
      paused_until: typeof world.pausedUntil === "number" ? stamp(world.pausedUntil) : null,
      tray: world.tray,
      shortcuts: world.shortcuts,
      drafts: world.drafts.length,
      visibility_differs: world.queue.filter((d) => d.visibility_differs && !d.deleted_at).length,
    };
  }

  /** What is due goes out, to the practice timeline and nowhere else. */
  #tick(): void {
    const now = Date.now();
    const { world } = this;
    if (this.#connection !== "connected" || world.pausedUntil !== undefined) return;
    world.breaks = world.breaks.filter((b) => b.to.getTime() > now);
    for (const d of waiting(world)) {
      const to = world.accounts.find((a) => a.id === d.account);
      if (to?.network !== "practice" || d.state !== "queued" || d.planned === null || d.planned > now)
        continue;
      const posts = world.timeline.get(d.account) ?? [];
      const at = stamp(now);
      posts.push({ id: d.id, text: d.text, published_at: at, reply_to: null, cw: d.content.cw, media: [] });
      world.timeline.set(d.account, posts);
      const there = Array.from({ length: d.parts }, (_, n) => n + 1);
      Object.assign(d, {
        state: "sent",
        sent_at: at,
        deletable: true,
        parts_sent: d.parts,
        parts_there: there,
        receipts: there.map((part) => ({ part, id: `${d.id}-${part}`, url: null })),
        ended: now,
      });
      this.tell({ event: "delivery", id: d.id, state: "sent" });
      this.tell({ event: "changed" });
    }
  }
}

/** An eight by eight picture of ginkgo yellow. */
const DOT =
  "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAGElEQVR42mM4scQeK2KgosSNnTFYERUlAHNtcwFaBzNQAAAAAElFTkSuQmCC";

export function install(options: FakeOptions = {}): FakeHost {
  const host = new FakeHost(options);
  Object.assign(globalThis, { kossoriBridge: host.bridge, kossoriFake: host });
  return host;
}
