// What is set of the quiet windows and work hours, in the form and in the week's picture alike: both show one thing.
import type { Problem, WindowView } from "../../api.next";
import type { App } from "../../app.svelte";
import { problemOf } from "../../bridge/host";
import { windowTitle } from "../../words/say";
import { colon, t } from "../../words/words";
import { shapeOf, timesOf } from "./grab";
import { setHours } from "./hours";
import { type Edited, edited, freeName, fresh, patch, period } from "./periods";
import { says } from "./says";

export type Kind = "window" | "hours";

const NEW = "+";
export const windowKey = (name: string) => `window ${name}`;
export const hoursKey = (index: number) => `hours ${index}`;
export const newKey = (kind: Kind) => `${kind} ${NEW}`;
const kindOf = (key: string): Kind => (key.startsWith("window ") ? "window" : "hours");
const rest = (key: string) => key.slice(key.indexOf(" ") + 1);
const same = (a: Edited, b: Edited) => JSON.stringify(a) === JSON.stringify(b);

export class Editing {
  /** Whose form is open. */
  open = $state<string | null>(null);
  /** Who opened it keeps the focus. */
  fromPicture = $state(false);
  /** Which is being set. */
  which = $state<string | null>(null);
  /** As it would be. It stays when nothing is set any more: a form that closes still reads it. */
  one = $state<Edited>(fresh("window"));
  problem = $state<Problem | null>(null);
  /** What became of the last change, for who does not see it. */
  told = $state("");
  /** How many changes are on their way: a form that is saved twice is saved once. */
  #busy = 0;
  /** Work hours are set one after another: meanwhile the list stands still, and with it the form in it. */
  #still = $state.raw<WindowView[] | null>(null);

  constructor(private readonly app: App) {}

  get hours(): WindowView[] {
    return this.#still ?? this.app.hours;
  }

  view(key: string): WindowView | undefined {
    if (kindOf(key) === "hours") return this.hours[Number(rest(key))];
    return this.app.windows.find(({ name }) => name === rest(key));
  }

  title(key: string): string {
    const view = this.view(key);
    return kindOf(key) === "hours" || !view ? t("ui.week.work") : windowTitle(view.name, view.title);
  }

  /** As it is, or as it would be. */
  shown(key: string): Edited | null {
    const view = this.view(key);
    if (this.which === key) return this.one;
    return view ? edited(view) : null;
  }

  /** A form that is opened or closed begins without what was refused before. */
  turn(key: string, fromPicture = false): void {
    this.problem = null;
    this.fromPicture = fromPicture;
    if (this.open === key) this.close();
    else {
      this.#take(key);
      this.open = key;
    }
  }

  /** What the picture has begun waits in the form. */
  toForm(key: string): void {
    if (this.which !== key || this.open === key) return;
    this.fromPicture = true;
    this.open = key;
  }

  close(): void {
    this.open = null;
    this.which = null;
    this.problem = null;
  }

  /** The picture sets its times alone. */
  times(key: string, times: { from: string; to: string }): void {
    if (this.which !== key) {
      if (this.open) this.close();
      this.#take(key);
    }
    Object.assign(this.one, times);
  }

  /** Its times are other ones than those that hold. */
  changed(key: string): boolean {
    const view = this.view(key);
    if (this.which !== key || !view) return false;
    return this.one.from !== view.from || this.one.to !== view.to;
  }

  /** Takes the times of the picture; what else stands in an open form goes on waiting there. */
  async keepTimes(key: string): Promise<void> {
    const view = this.view(key);
    const shape = shapeOf(this.one);
    if (!view || !shape || !this.changed(key)) return this.#let(key);
    const after = { ...edited(view), ...timesOf(shape) };
    const done =
      kindOf(key) === "window" ? await this.#setWindow(view, after) : await this.#setOne(key, after);
    if (done) this.#let(key);
  }

  /** As it was. */
  leaveTimes(key: string): void {
    const view = this.view(key);
    if (!this.changed(key) || !view) return;
    Object.assign(this.one, { from: view.from, to: view.to });
    this.told = this.sentence(key, edited(view));
    this.#let(key);
  }

  /** `Lunch: goes out 12:00–13:00, Mon–Fri.` */
  sentence(key: string, one: Edited): string {
    return `${this.title(key)}${colon()}${says(kindOf(key), one, [])[0] ?? ""}`;
  }

  /** The form's save. */
  async save(key: string, one: Edited): Promise<void> {
    if (this.#busy) return;
    const view = this.view(key);
    let done = false;
    if (kindOf(key) === "hours") done = await this.#setOne(key, one);
    else if (view) done = await this.#setWindow(view, one);
    else done = await this.#addWindow(one);
    if (done) this.close();
  }

  async remove(key: string): Promise<void> {
    const view = this.view(key);
    if (!view || this.#busy) return;
    if (kindOf(key) === "hours") {
      const before = this.app.hours.map(edited);
      if (!(await this.#changeHours(before.filter((_, at) => at !== Number(rest(key)))))) return;
      this.close();
      return this.#offer(t("ui.period.hours_removed"), () => this.#changeHours(before));
    }
    const title = this.title(key);
    if (!(await this.#run(() => this.app.ask("window_remove", { name: view.name })))) return;
    this.close();
    this.#offer(t("ui.period.removed", { name: title }), () =>
      this.#run(() =>
        this.app.ask("window_add", {
          name: view.name,
          title: view.title || null,
          period: period(edited(view)),
          disabled: !view.enabled,
        }),
      ),
    );
  }

  async enable(name: string, enabled: boolean): Promise<void> {
    await this.#run(() => this.app.ask("window_enable", { name, enabled }));
  }

  #take(key: string): void {
    const view = this.view(key);
    this.one = view ? edited(view) : fresh(kindOf(key));
    this.which = key;
  }

  /** The picture has done with it; a form that is open has not. */
  #let(key: string): void {
    if (this.open !== key) this.which = null;
  }

  async #setWindow(view: WindowView, one: Edited): Promise<boolean> {
    const { name } = view;
    const before = edited(view);
    const set = (what: Edited) => this.#run(() => this.app.ask("window_edit", { name, patch: patch(what) }));
    if (!(await set(one))) return false;
    const key = windowKey(name);
    const now = this.view(key);
    if (now && !same(edited(now), before)) this.#offer(this.sentence(key, edited(now)), () => set(before));
    return true;
  }

  async #addWindow(one: Edited): Promise<boolean> {
    const name = freeName(this.app.windows);
    const added = { name, title: one.title || null, period: period(one), disabled: false };
    if (!(await this.#run(() => this.app.ask("window_add", added)))) return false;
    const key = windowKey(name);
    this.#offer(this.sentence(key, one), () => this.#run(() => this.app.ask("window_remove", { name })));
    return true;
  }

  /** One of the work hours, or one more. */
  async #setOne(key: string, one: Edited): Promise<boolean> {
    const index = rest(key) === NEW ? -1 : Number(rest(key));
    const before = this.app.hours.map(edited);
    const after = index < 0 ? [...before, one] : before.with(index, one);
    if (!(await this.#changeHours(after))) return false;
    if (index < 0 || !same(one, before[index] ?? one))
      this.#offer(this.sentence(key, one), () => this.#changeHours(before));
    return true;
  }

  #offer(text: string, back: () => Promise<boolean>): void {
    this.app.undo.offer({ text, back: async () => void (await back()) });
  }

  async #run(what: () => Promise<unknown>): Promise<boolean> {
    this.problem = null;
    this.told = "";
    this.#busy += 1;
    try {
      await what();
      await this.app.read();
      return true;
    } catch (thrown) {
      this.problem = problemOf(thrown);
      return false;
    } finally {
      this.#busy -= 1;
    }
  }

  async #changeHours(all: Edited[]): Promise<boolean> {
    const before = this.app.hours.map((old) => period(edited(old)));
    this.#still = this.app.hours;
    try {
      return await this.#run(async () => {
        try {
          await setHours(this.app.ask, this.app.bridge.onConnection, all.map(period), before);
        } catch (thrown) {
          await this.app.read();
          throw thrown;
        }
      });
    } finally {
      this.#still = null;
    }
  }
}
