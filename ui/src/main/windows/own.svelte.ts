// What holds besides every week's windows: breaks and pauses, overtime, days off, closed periods, public holidays.
import type { ClosedView, HolidaysView, MovedView, Problem, Spread } from "../../api.next";
import type { App } from "../../app.svelte";
import { problemOf } from "../../bridge/host";
import { addDays, clock, dayName, dayOf, moment, momentOf } from "../../time/moment";
import { gap, t } from "../../words/words";

export type Where = "now" | "overtime" | "days" | "closed" | "holidays";

export class OwnTime {
  closed = $state.raw<ClosedView[]>([]);
  daysOff = $state.raw<string[]>([]);
  /** Until when; null: none. */
  overtime = $state<string | null>(null);
  holidays = $state.raw<HolidaysView | null>(null);
  read = $state(false);
  /** Why the last thing was not done, and where it was asked for. */
  problem = $state.raw<{ where: Where; why: Problem } | null>(null);
  unread = $state<Problem | null>(null);
  /** What became of it, in words. */
  told = $state("");

  constructor(private readonly app: App) {}

  async load(): Promise<void> {
    try {
      const [closed, off, overtime, holidays] = await Promise.all([
        this.app.ask("closed_list", {}),
        this.app.ask("day_off_list", {}),
        this.app.ask("overtime_show", {}),
        this.app.ask("holidays_show", {}),
      ]);
      // What has passed holds nothing back any more.
      const ahead = closed.closed.filter(({ to }) => new Date(to) > this.app.now);
      this.closed = ahead.sort((a, b) => Date.parse(a.from) - Date.parse(b.from));
      const today = dayOf(this.app.now);
      this.daysOff = off.days.filter((day) => day >= today);
      this.overtime = overtime.until;
      this.holidays = holidays;
      this.read = true;
      this.unread = null;
    } catch (thrown) {
      this.unread = problemOf(thrown);
    }
  }

  problemAt(where: Where): Problem | null {
    return this.problem?.where === where ? this.problem.why : null;
  }

  breakNow(minutes: number): Promise<boolean> {
    return this.#tell("now", async () => {
      const spread = await this.app.ask("break_now", { minutes, accounts: [], practice_only: false });
      return goesOut(spread);
    });
  }

  endBreak(): Promise<boolean> {
    return this.#tell("now", async () => changed((await this.app.ask("break_end", {})).moved));
  }

  /** Without a length: until somebody resumes. */
  pause(duration: string | null): Promise<boolean> {
    return this.#tell("now", async () => {
      await this.app.ask("pause", { duration, until: null });
      return t("ui.days.paused");
    });
  }

  resume(): Promise<boolean> {
    return this.#tell("now", async () => goesOut(await this.app.ask("resume", {})));
  }

  async setOvertime(until: string): Promise<boolean> {
    const before = this.overtime;
    const done = await this.#ask("overtime", () => this.app.ask("overtime", { until }));
    const back = () =>
      before ? this.app.ask("overtime", { until: before }) : this.app.ask("overtime_end", {});
    if (done)
      this.#offer("overtime", t("ui.days.overtime_set", { time: clock(this.overtime ?? until) }), done, back);
    return done !== null;
  }

  async endOvertime(): Promise<void> {
    const until = this.overtime;
    const done = await this.#ask("overtime", () => this.app.ask("overtime_end", {}));
    if (done && until)
      this.#offer("overtime", t("ui.days.overtime_ended"), done, () => this.app.ask("overtime", { until }));
  }

  async addDayOff(date: string): Promise<boolean> {
    if (this.daysOff.includes(date)) return true;
    const done = await this.#ask("days", () => this.app.ask("day_off", { date }));
    if (done)
      this.#offer("days", t("ui.days.day_added", { day: dateText(date, this.app.now) }), done, () =>
        this.app.ask("day_off_remove", { date }),
      );
    return done !== null;
  }

  async removeDayOff(date: string): Promise<void> {
    const done = await this.#ask("days", () => this.app.ask("day_off_remove", { date }));
    if (done)
      this.#offer("days", t("ui.days.day_removed", { day: dateText(date, this.app.now) }), done, () =>
        this.app.ask("day_off", { date }),
      );
  }

  async addClosed(from: string, to: string): Promise<boolean> {
    const added: { id: string } = { id: "" };
    const done = await this.#ask("closed", async () => {
      const answer = await this.app.ask("closed_add", { from, to, zone: null });
      added.id = answer.id;
      return answer;
    });
    if (done)
      this.#offer("closed", t("ui.days.closed_added"), done, () => this.app.ask("closed_remove", added));
    return done !== null;
  }

  async removeClosed({ id, from, to }: ClosedView): Promise<void> {
    const done = await this.#ask("closed", () => this.app.ask("closed_remove", { id }));
    if (done)
      this.#offer("closed", t("ui.days.closed_removed"), done, () =>
        this.app.ask("closed_add", { from, to, zone: null }),
      );
  }

  async setHolidays(table: "jp" | "none"): Promise<void> {
    const before = this.holidays?.table === "jp" ? "jp" : "none";
    if (table === before) return;
    const done = await this.#ask("holidays", () => this.app.ask("holidays_set", { table }));
    if (done)
      this.#offer("holidays", t(table === "jp" ? "ui.holidays.now_jp" : "ui.holidays.now_none"), done, () =>
        this.app.ask("holidays_set", { table: before }),
      );
  }

  /** Undo that is refused says so where it was asked for. */
  #offer(where: Where, text: string, moved: MovedView[], back: () => Promise<unknown>): void {
    const more = changed(moved);
    this.app.undo.offer({
      text: more ? `${text}${gap()}${more}` : text,
      back: async () => void (await this.#ask(where, back)),
    });
  }

  async #tell(where: Where, what: () => Promise<string>): Promise<boolean> {
    let said = "";
    const done = await this.#ask(where, async () => {
      said = await what();
    });
    this.told = done ? said : "";
    return done !== null;
  }

  /** What it moved; null: it was refused. */
  async #ask(where: Where, what: () => Promise<unknown>): Promise<MovedView[] | null> {
    this.problem = null;
    this.told = "";
    try {
      const answer = (await what()) as { moved?: MovedView[] } | undefined;
      await Promise.all([this.app.read(), this.load()]);
      return answer?.moved ?? [];
    } catch (thrown) {
      this.problem = { where, why: problemOf(thrown) };
      return null;
    }
  }
}

/** How many deliveries go at another time now. */
function changed(moved: readonly MovedView[]): string {
  if (moved.length === 0) return "";
  return moved.length === 1 ? t("ui.days.moved_one") : t("ui.days.moved", { count: moved.length });
}

function goesOut({ open, will_send }: Spread): string {
  const end = open.find(({ window }) => window === "break")?.to;
  const times = will_send.map(({ at }) => at).filter((at) => !end || new Date(at) < new Date(end));
  const [first = ""] = times.sort((a, b) => Date.parse(a) - Date.parse(b));
  if (times.length === 0) return t("ui.days.sends_none");
  const time = clock(first);
  return times.length === 1
    ? t("ui.break.sends_one", { time })
    : t("ui.break.sends", { count: times.length, time });
}

/** `28 December – 3 January` of whole days, else with the times. */
export function closedText({ from, to }: ClosedView, now: Date): string {
  const whole = clock(from) === "00:00" && clock(to) === "00:00";
  const name = (day: string) => dateText(day, now);
  if (!whole && from.slice(0, 10) === to.slice(0, 10)) return `${moment(from, now)}–${clock(to)}`;
  if (!whole) return t("ui.days.span", { from: moment(from, now), to: moment(to, now) });
  const first = from.slice(0, 10);
  const last = dayOf(addDays(new Date(`${to.slice(0, 10)}T00:00`), -1));
  return first === last ? name(first) : t("ui.days.span", { from: name(first), to: name(last) });
}

/** With the year, where it is another one. */
export function dateText(day: string, now: Date): string {
  return day.startsWith(`${now.getFullYear()}-`) ? dayName(day) : momentOf(day, "", now).trim();
}

/** A day and a time as the host reads it; `24:00` is the next day's midnight. */
export function momentText(day: string, time: string): string {
  if (time !== "24:00") return `${day} ${time}`;
  return `${dayOf(addDays(new Date(`${day}T00:00`), 1))} 00:00`;
}
