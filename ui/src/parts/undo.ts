// Done at once, and for ten seconds it can be taken back. While the bar has the focus the time stands still.
import type { Timers } from "../time/timers";

export const UNDO_MS = 10_000;

export interface Undoable {
  text: string;
  /** Without it the bar only tells. */
  back?: () => Promise<void>;
}

export class Undo {
  #left = 0;
  #began = 0;
  #stop = () => {};
  #current: Undoable | null = null;

  constructor(
    private readonly timers: Timers,
    private readonly show: (what: Undoable | null) => void,
  ) {}

  offer(what: Undoable): void {
    this.#set(what);
    this.#run(UNDO_MS);
  }

  /** What it would have been taken back to is gone. */
  withdraw(what: Undoable): void {
    if (this.#current !== what) return;
    this.#stop();
    this.#set(null);
  }

  stay(): void {
    if (!this.#current) return;
    this.#stop();
    this.#left = Math.max(0, this.#left - (this.timers.now() - this.#began));
  }

  go(): void {
    if (this.#current) this.#run(this.#left);
  }

  async take(): Promise<void> {
    const what = this.#current;
    if (!what?.back) return;
    this.#stop();
    this.#set(null);
    await what.back();
  }

  #run(ms: number): void {
    this.#stop();
    this.#left = ms;
    this.#began = this.timers.now();
    this.#stop = this.timers.after(ms, () => this.#set(null));
  }

  #set(what: Undoable | null): void {
    this.#current = what;
    this.show(what);
  }
}
