// A delivery that is moved in the week's picture, by the pointer or by keys: what is aimed at, and what is said of it.
import type { DeliveryView } from "../../api.next";
import type { App } from "../../app.svelte";
import { titleOf } from "../../compose/when";
import { clockOf, dayOf, moment } from "../../time/moment";
import type { Days } from "../../time/spans";
import { sentence } from "../../words/say";
import { t } from "../../words/words";
import { type Aimed, aimAt, aimBeside, canMove, type Move, movesOf } from "./aim";
import { goesOut, type Queue } from "./queue.svelte";

/** Parts of the picture's width and height. */
export interface Spot {
  x: number;
  y: number;
}

export class Moving {
  /** Which are dragged; what they are aimed at, and where the pointer is. */
  ids = $state.raw<readonly string[]>([]);
  aimed = $state.raw<Aimed | null>(null);
  spot = $state.raw<Spot>({ x: 0, y: 0 });
  /** Why nothing was moved. It stays where it was let go until the next key or press. */
  refused = $state("");
  #busy = false;
  /** What letting go would ask for: of what was aimed, each with its own time. */
  #moves: readonly Move[] = [];

  constructor(
    private readonly app: App,
    private readonly queue: Queue,
  ) {}

  /** In their order of time. */
  own(ids: readonly string[]): DeliveryView[] {
    return this.queue.all
      .filter(({ id }) => ids.includes(id))
      .sort((a, b) => Date.parse(a.planned_at ?? "") - Date.parse(b.planned_at ?? ""));
  }

  /** What lets go of it would do, in words. */
  get says(): string {
    if (!this.aimed) return this.refused;
    if ("refused" in this.aimed) return this.#why(this.aimed, 1);
    const { times, opening } = this.aimed;
    const all = times.map((time) => [dayOf(time), clockOf(time)] as const);
    return goesOut(all, titleOf(this.app.windows, opening.window), this.app.now);
  }

  /** null: beside the picture. */
  drag(ids: readonly string[], spot: Spot, at: Date | null, days: Days): void {
    const own = this.own(ids);
    // It went out meanwhile, or was taken back.
    if (own.length < ids.length || !canMove(own)) {
      this.leave();
      return;
    }
    Object.assign(this, { ids, spot, refused: "" });
    this.aimed = at ? aimAt(at, own, days, this.app.now) : { refused: "outside" };
    this.#moves = "refused" in this.aimed ? [] : movesOf(this.aimed, own);
  }

  leave(): void {
    this.ids = [];
    this.aimed = null;
  }

  async drop(): Promise<void> {
    const { ids, aimed } = this;
    const moves = this.#moves;
    this.leave();
    const own = this.own(ids);
    // What is not as it was when it was aimed stays where it is.
    if (own.length < ids.length || !canMove(own)) return;
    if (aimed) await this.#go(aimed, moves, 1);
  }

  /** To the opening before or after. Whether it went. */
  async step(ids: readonly string[], by: -1 | 1, days: Days, spot: Spot): Promise<boolean> {
    const own = this.own(ids);
    if (own.length === 0) return false;
    if (!canMove(own)) {
      this.bar(ids, spot);
      return false;
    }
    this.spot = spot;
    const aimed = aimBeside(by, own, days, this.app.now);
    return this.#go(aimed, "refused" in aimed ? [] : movesOf(aimed, own), by);
  }

  /** Why these cannot be taken hold of. */
  bar(ids: readonly string[], spot: Spot): void {
    this.spot = spot;
    const asks = this.own(ids).some(({ state }) => state === "needs_you");
    this.refused = t(asks ? "ui.week.refused_asks" : "ui.queue.sending");
  }

  async #go(aimed: Aimed, moves: readonly Move[], by: -1 | 1): Promise<boolean> {
    if (this.#busy) return false;
    this.refused = "";
    if ("refused" in aimed) {
      this.refused = this.#why(aimed, by);
      return false;
    }
    if (aimed.shift === 0) return false;
    this.#busy = true;
    try {
      const went = await this.queue.place(moves);
      // The list says it too, with what to do next.
      if (!went && this.queue.problem) this.refused = sentence(this.queue.problem, this.app.now).message;
      return went;
    } finally {
      this.#busy = false;
    }
  }

  #why(aimed: Extract<Aimed, { refused: unknown }>, by: -1 | 1): string {
    const { delivery } = aimed;
    switch (aimed.refused) {
      case "past":
        return t("ui.week.refused_past");
      case "room":
        return t("ui.week.refused_room");
      case "none":
        return t(by < 0 ? "ui.week.none_before" : "ui.week.none_after");
      case "accounts":
        return t("ui.week.refused_account", {
          name: this.app.account(delivery?.account ?? "")?.handle ?? "–",
        });
      case "expires":
        return t("ui.week.refused_expires", { time: moment(delivery?.expires_at ?? "", this.app.now) });
      default:
        return t("ui.week.refused_outside");
    }
  }
}
