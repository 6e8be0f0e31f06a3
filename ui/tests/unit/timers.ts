import type { Timers } from "../../src/time/timers";

/** Time that stands still until it is told to pass. */
export class StillTime implements Timers {
  #at = 0;
  #due: { at: number; run: () => void }[] = [];

  now(): number {
    return this.#at;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#at + ms, run };
    this.#due.push(timer);
    return () => {
      this.#due = this.#due.filter((other) => other !== timer);
    };
  }

  async pass(ms: number): Promise<void> {
    const end = this.#at + ms;
    for (;;) {
      await settle();
      const next = this.#due.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#due = this.#due.filter((other) => other !== next);
      this.#at = Math.max(this.#at, next.at);
      next.run();
    }
    this.#at = end;
    await settle();
  }
}

export async function settle(): Promise<void> {
  await new Promise((go) => setImmediate(go));
}
