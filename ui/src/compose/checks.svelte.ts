// What the host says of what is written: counts, findings and times, asked a moment after the last key.
import type { AccountCheck, FindingView, PostInput } from "../api.next";
import type { Ask } from "../bridge/host";
import type { Times } from "./trial";
import { COMMON } from "./written";

const CHECK_AFTER_MS = 150;

interface Checked {
  /** The common text, and networks' own by their names. */
  texts: Readonly<Record<string, string>>;
  thread: boolean;
}

const checked = ({ content, thread }: PostInput): Checked => ({
  texts: { ...content.variants, [COMMON]: content.parts[0]?.text ?? "" },
  thread,
});

export class Checks {
  accounts = $state.raw<Readonly<Record<string, AccountCheck | undefined>>>({});
  findings = $state.raw<readonly FindingView[]>([]);
  /** What the findings were found in. */
  of = $state.raw<Checked>({ texts: { [COMMON]: "" }, thread: false });
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

  /** Queueing was refused, and that is why. */
  refused(findings: readonly FindingView[], post: PostInput): void {
    Object.assign(this, { findings, of: checked(post) });
  }

  async #check(): Promise<void> {
    this.#number += 1;
    const number = this.#number;
    const post = this.post();
    if (post.accounts.length === 0) return this.none();
    try {
      const found = await this.ask("post_check", post);
      // A host of an older build says nothing of times.
      const of = checked(post);
      if (number === this.#number) Object.assign(this, { times: {} }, found, { of, when: post.when });
    } catch {
      // Saving tells what is wrong; a count that is not known is not shown.
      if (number === this.#number) this.none();
    }
  }
}
