// Hold to confirm: press and stay. Released early, nothing has happened.
import type { Timers } from "../time/timers";

export const HOLD_MS = 900;
const STEP_MS = 30;

export interface HoldTold {
  /** 0 to 1. */
  progress(part: number): void;
  done(): void;
}

export class Hold {
  #began: number | null = null;
  #stop = () => {};

  constructor(
    private readonly timers: Timers,
    private readonly told: HoldTold,
    /** With reduced motion the fill moves in three steps. */
    private readonly steps: () => boolean,
  ) {}

  get held(): boolean {
    return this.#began !== null;
  }

  press(): void {
    if (this.#began !== null) return;
    this.#began = this.timers.now();
    this.#tick();
  }

  release(): void {
    if (this.#began === null) return;
    this.#began = null;
    this.#stop();
    this.told.progress(0);
  }

  #tick(): void {
    if (this.#began === null) return;
    const part = Math.min(1, (this.timers.now() - this.#began) / HOLD_MS);
    if (part >= 1) {
      this.release();
      this.told.done();
      return;
    }
    this.told.progress(this.steps() ? Math.floor(part * 3) / 3 : part);
    this.#stop = this.timers.after(STEP_MS, () => this.#tick());
  }
}
