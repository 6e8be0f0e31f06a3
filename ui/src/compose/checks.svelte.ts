// What the host says of what is written: counts, findings and times, asked a moment after the last key.
import type { AccountCheck, FindingView, PostInput } from "../api.next";
import type { Ask } from "../bridge/host";
import type { Times } from "./trial";

const CHECK_AFTER_MS = 150;

export class Checks {
  accounts = $state<Record<string, AccountCheck | undefined>>({});
  findings = $state<FindingView[]>([]);
  /** When it would go out, if it were queued for `when`. */
  times = $state.raw<Times>({});
  when = $state.raw<PostInput["when"] | null>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #number = 0;

  constructor(
    private readonly ask: Ask,
    private readonly post: () => PostInput,
  ) {}

  soon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#check(), CHECK_AFTER_MS);
  }

  none(): void {
    Object.assign(this, { accounts: {}, findings: [], times: {}, when: null });
  }

  async #check(): Promise<void> {
    this.#number += 1;
    const number = this.#number;
    const post = this.post();
    if (post.accounts.length === 0) return this.none();
    try {
      const found = await this.ask("post_check", post);
      // A host of an older build says nothing of times.
      if (number === this.#number) Object.assign(this, { times: {} }, found, { when: post.when });
    } catch {
      // Saving tells what is wrong; a count that is not known is not shown.
      if (number === this.#number) this.none();
    }
  }
}
