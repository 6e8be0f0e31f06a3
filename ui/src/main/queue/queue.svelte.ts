// The queue as it is shown, and what a person does to it.
import type {
  ContentInput,
  DeliveryDetail,
  DeliveryView,
  PlanView,
  Problem,
  Resolution,
  WhenInput,
} from "../../api.next";
import type { App } from "../../app.svelte";
import { problemOf } from "../../bridge/host";
import { titleOf } from "../../compose/when";
import { NO_REST } from "../../compose/written";
import { clock, day, momentOf } from "../../time/moment";
import { comma, type Key, t } from "../../words/words";
import { keptExpiry, type Move } from "./aim";
import { contentOf, type Edit, edits, isNumbered, RULE } from "./edits.svelte";
import { lately, SHOWN } from "./lately";
import { goesBack, isPast, neighbour } from "./order";
import { differs } from "./seen";

export class Queue {
  all = $state.raw<DeliveryView[]>([]);
  plan = $state.raw<Map<string, PlanView>>(new Map());
  /** Why the last thing that was asked for was not done. */
  problem = $state<Problem | null>(null);
  /** Why the list could not be read; gone once it can be. */
  unread = $state<Problem | null>(null);
  /** Times that an action moved, in words. */
  told = $state("");
  read = $state(false);

  constructor(private readonly app: App) {}

  get needsYou(): DeliveryView[] {
    return this.all.filter(isOpen);
  }

  get others(): DeliveryView[] {
    return this.all.filter((delivery) => !isOpen(delivery));
  }

  async load(): Promise<void> {
    try {
      const [queue, plan] = await Promise.all([
        this.app.ask("queue_list", { all: false }),
        this.app.ask("plan", { days: null, on: null }),
      ]);
      this.all = queue.deliveries;
      this.plan = new Map(plan.deliveries.map((one) => [one.id, one]));
      this.read = true;
      this.unread = null;
    } catch (thrown) {
      this.unread = problemOf(thrown);
    }
  }

  /** What went out lately, the newest first; null: not read yet. */
  sent = $state.raw<DeliveryView[] | null>(null);
  #askedForSent = $state(false);
  /** What a person has closed it with: it opens by itself for another one. */
  #closedWith = $state.raw<readonly string[]>([]);

  /** Nobody needs what was sent to be read, unless they look at it or something of it is seen otherwise than meant. */
  get sentWanted(): boolean {
    return this.sentOpen || (this.app.status?.visibility_differs ?? 0) > 0;
  }

  /** Somebody asked for what was sent, or something of it is seen by others than were meant to. */
  get sentOpen(): boolean {
    return this.#askedForSent || this.#differing.some((id) => !this.#closedWith.includes(id));
  }

  get #differing(): string[] {
    return (this.sent ?? []).filter(differs).map(({ id }) => id);
  }

  toggleSent(): void {
    const open = this.sentOpen;
    this.#askedForSent = !open;
    this.#closedWith = open ? this.#differing : [];
    if (!open) void this.loadSent();
  }

  async loadSent(): Promise<void> {
    try {
      const rows = { since: null, until: null, limit: 2 * SHOWN, outcomes: true };
      const { deliveries } = await this.app.ask("journal", rows);
      const sent = lately(deliveries);
      // One that others see than were meant to is shown, however old it is.
      const known = new Set([...sent, ...this.all].filter(differs).map(({ id }) => id)).size;
      const all = known < (this.app.status?.visibility_differs ?? 0);
      this.sent = all ? lately((await this.app.ask("queue_list", { all })).deliveries) : sent;
    } catch (thrown) {
      this.unread = problemOf(thrown);
    }
  }

  /** Taken down at its network. What a refusal leaves of it is shown anew too. */
  async takeDown(delivery: DeliveryView): Promise<void> {
    // It stays open, so that the person sees what became of it.
    if (this.sentOpen) this.#askedForSent = true;
    const done = await this.run(() => this.app.ask("post_delete", { id: delivery.id }));
    if (!done) await this.loadSent();
  }

  async run(what: () => Promise<unknown>): Promise<boolean> {
    this.problem = null;
    this.told = "";
    try {
      await what();
      await this.load();
      if (this.sentOpen) await this.loadSent();
      return true;
    } catch (thrown) {
      this.problem = problemOf(thrown);
      return false;
    }
  }

  async move(delivery: DeliveryView, step: -1 | 1): Promise<void> {
    const to = neighbour(this.all, delivery, step)?.position;
    const from = delivery.position;
    if (!to || !from) return;
    const move = (position: number) => this.app.ask("queue_move", { id: delivery.id, to: position });
    if (await this.run(() => move(to))) {
      this.told = t(step < 0 ? "ui.queue.moved_up" : "ui.queue.moved_down");
      this.app.undo.offer({ text: this.told, back: async () => void (await this.run(() => move(from))) });
    }
  }

  /** The text becomes a draft. Undone, it is queued again as it was asked for, in its place. */
  async remove(delivery: DeliveryView): Promise<void> {
    let draft: string | null = null;
    const done = await this.run(async () => {
      draft = (await this.app.ask("queue_remove", { id: delivery.id, discard: false })).draft;
    });
    const id = draft as string | null;
    if (!done || !id) return;
    if (!goesBack(delivery, this.app.now)) {
      this.app.undo.offer({
        text: t(delivery.parts_sent > 0 ? "ui.queue.removed_partly" : "ui.queue.removed_kept"),
      });
      return;
    }
    const back = () => this.run(() => this.#putBack(delivery, id));
    this.app.undo.offer({ text: t("ui.queue.removed"), back: async () => void (await back()) });
  }

  /** Another time. Undone, it is asked for as before, though a time within its window may be drawn anew. */
  async retime(
    delivery: DeliveryView,
    change: { when: WhenInput; override_window: boolean },
  ): Promise<boolean> {
    const { id } = delivery;
    const to = (change: { when: WhenInput; override_window: boolean; expires: string | null }) =>
      this.app.ask("queue_when", { id, ...change, zone: null });
    const expires = keptExpiry(delivery, change.when, this.app.now);
    const done = await this.run(() => to({ ...change, expires }));
    if (done && !isPast(delivery.when, this.app.now))
      this.#offer("ui.queue.retimed", () => to(asked(delivery)));
    return done;
  }

  /** Several at once, to exact times: all of them or none. Says when they go out now, as the host has planned it. */
  async place(moves: readonly Move[]): Promise<boolean> {
    const ids = moves.map(({ delivery }) => delivery.id);
    const before = moves.map(({ delivery }) => delivery).reverse();
    const back = async (all: readonly DeliveryView[]) => {
      for (const delivery of all)
        await this.app.ask("queue_when", { id: delivery.id, zone: null, ...asked(delivery) });
    };
    const done = await this.run(async () => {
      const moved: DeliveryView[] = [];
      try {
        for (const { delivery, at, expires } of moves) {
          const when = { at: at.toISOString() };
          await this.app.ask("queue_when", {
            id: delivery.id,
            when,
            override_window: false,
            zone: null,
            expires,
          });
          moved.unshift(delivery);
        }
      } catch (thrown) {
        // What cannot go back any more is seen where it is now; said is why the others were not moved.
        await back(moved).catch(() => {});
        await this.load();
        throw thrown;
      }
    });
    if (!done) return false;
    this.told = this.#goesOut(ids);
    const gone = before.some(({ when }) => isPast(when, this.app.now));
    const undo = async () => {
      if (await this.run(() => back(before))) this.told = this.#goesOut(ids);
    };
    this.app.undo.offer({ text: this.told, ...(!gone && { back: undo }) });
    return true;
  }

  #goesOut(ids: readonly string[]): string {
    const all = this.all.filter(({ id, planned_at }) => ids.includes(id) && planned_at !== null);
    all.sort((a, b) => Date.parse(a.planned_at ?? "") - Date.parse(b.planned_at ?? ""));
    const [first] = all;
    if (!first || all.length < ids.length) return t("ui.queue.retimed");
    const times = all.map(({ planned_at }) => [day(planned_at ?? ""), clock(planned_at ?? "")] as const);
    return goesOut(times, titleOf(this.app.windows, first.window ?? ""), this.app.now);
  }

  async hold(delivery: DeliveryView): Promise<void> {
    const { id } = delivery;
    if (await this.run(() => this.app.ask("queue_hold", { id, until: null, zone: null })))
      this.#offer("ui.queue.held", () => this.#goOn(id));
  }

  /** `ask`: what lets it go, with its own questions. */
  async letGo(delivery: DeliveryView, ask: () => Promise<unknown>): Promise<void> {
    const { id, hold_until: until } = delivery;
    // What the cap of a month held back was not on hold, and is not put there.
    if ((await this.run(ask)) && delivery.state === "held")
      this.#offer("ui.queue.let_go", () => this.app.ask("queue_hold", { id, until, zone: null }));
  }

  #offer(text: Key, back: () => Promise<unknown>): void {
    this.app.undo.offer({ text: t(text), back: async () => void (await this.run(back)) });
  }

  /** It is put on hold first, so that what is read is what stays until the edit ends. */
  async edit(delivery: DeliveryView): Promise<void> {
    const held = delivery.state === "queued";
    await this.run(async () => {
      if (held) await this.app.ask("queue_hold", { id: delivery.id, until: null, zone: null });
      try {
        const { content } = await this.app.ask("queue_show", { id: delivery.id });
        const asked = asInput(content);
        const text = asked.parts.map((part) => part.text).join(RULE);
        edits.all[delivery.id] = { delivery, content: asked, text, before: text, held };
      } catch (thrown) {
        if (held) await this.#goOn(delivery.id);
        throw thrown;
      }
    });
    this.#tellEdits();
  }

  async saveEdit(edit: Edit, confirm_persona: boolean): Promise<void> {
    const { id } = edit.delivery;
    await this.run(async () => {
      const thread = edit.text.includes(RULE);
      const numbered = thread && isNumbered(edit.before);
      const change = { id, content: contentOf(edit), thread, numbered, confirm_persona };
      await this.app.ask("queue_edit", change);
      delete edits.all[id];
      if (edit.held) await this.#goOn(id);
    });
    this.#tellEdits();
  }

  /** It goes on as it was; what was written can be taken up again. */
  async leaveEdit(edit: Edit): Promise<void> {
    const { id } = edit.delivery;
    const kept = $state.snapshot(edit) as Edit;
    const there = this.all.some((one) => one.id === id && one.state === "held");
    const done = await this.run(async () => {
      if (edit.held && there) await this.#goOn(id);
      delete edits.all[id];
    });
    this.#tellEdits();
    if (!done || kept.text === kept.before) return;
    const back = async () => {
      const now = this.all.find((one) => one.id === id);
      if (now) await this.edit(now);
      const again = edits.all[id];
      if (again) again.text = kept.text;
      else edits.all[id] = kept;
      this.#tellEdits();
    };
    this.app.undo.offer({ text: t("ui.queue.edit_discarded"), back });
  }

  /** What was edited is gone: what was written becomes a draft. */
  async keepEdit(edit: Edit): Promise<void> {
    const { id, account } = edit.delivery;
    await this.run(async () => {
      const accounts = this.app.account(account) ? [account] : [];
      await this.app.ask("draft_add", { accounts, content: contentOf(edit) });
      delete edits.all[id];
    });
    this.#tellEdits();
  }

  async resolve(delivery: DeliveryView, resolution: Resolution): Promise<void> {
    await this.run(() => this.app.ask("queue_resolve", { id: delivery.id, resolution }));
  }

  /** What was held for an edit alone had its yes before. */
  async #goOn(id: string): Promise<void> {
    await this.app.ask("queue_approve", { id, confirm_persona: true, anyway: true });
  }

  #tellEdits(): void {
    void this.app.bridge.keepOpen("text", Object.keys(edits.all).length > 0);
  }

  async #putBack(delivery: DeliveryView, draft: string): Promise<void> {
    const shown = await this.app.ask("draft_show", { id: draft });
    // What was confirmed goes back as it was; a text that somebody changed meanwhile does not.
    const same = shown.content.parts[0]?.text === delivery.text && shown.rev === 1;
    if (!same) throw { code: "draft_stale" };
    const content = { parts: [], cw: null, visibility: null, lang: null, ...NO_REST };
    const added = await this.app.ask("post_add", {
      accounts: [delivery.account],
      content,
      draft,
      base_rev: shown.rev,
      thread: false,
      numbered: false,
      ...asked(delivery),
      hold: delivery.state === "held",
      hold_until: delivery.hold_until,
      again: delivery.id,
      confirm_persona: true,
      zone: null,
    });
    const [again] = added.deliveries;
    // A guard holds it once more; it had its yes.
    if (again?.state === "held" && delivery.state === "queued") await this.#goOn(again.id);
  }
}

/** `Goes out tomorrow 12:05, Lunch.` Of each day and time: a window may go on past midnight, and they with it. */
export function goesOut(times: readonly (readonly [string, string])[], window: string, now: Date): string {
  const days = new Map<string, string[]>();
  for (const [day, clock] of times) days.set(day, [...(days.get(day) ?? []), clock]);
  const time = [...days]
    .map(([day, clocks]) => {
      const all = [...new Set(clocks)];
      return momentOf(day, all.length > 3 ? `${all[0]}–${all.at(-1)}` : all.join(comma()), now);
    })
    .join(comma());
  return window ? t("ui.week.goes_out", { time, window }) : t("ui.week.goes_out_at", { time });
}

/** When it is to go, as the person asked for it. */
function asked({ when, override_window, expires_at }: DeliveryView) {
  return { when, override_window, expires: expires_at };
}

/** A person may say what became of it: they are asked, or it has been looked for in vain for long. */
function isOpen(delivery: DeliveryView): boolean {
  return delivery.state === "needs_you" || (delivery.state === "unknown" && delivery.waits !== null);
}

function asInput(content: DeliveryDetail["content"]): ContentInput {
  const media = (part: (typeof content.parts)[number]) =>
    part.media.map(({ id, alt }) => ({ path: null, media: id, alt }));
  return {
    ...content,
    visibility: content.visibility as ContentInput["visibility"],
    parts: content.parts.map((part) => ({ text: part.text, media: media(part) })),
    variants: content.variants as Record<string, string>,
  };
}
