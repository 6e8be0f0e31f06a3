// Which draft is open, so that a window that comes anew goes on with it, however the last one ended. Noted by the shell:
// what a web view remembers by itself reaches the disk too late for a program that is killed.
import type { Bridge } from "../bridge/bridge";
import type { Ask } from "../bridge/host";

/** Before a new draft has its id, since when it was on its way: the host may have kept it, and its answer come to nobody. */
const SINCE = "since:";
/** The host's clock is this machine's; between the two a message travels. */
const CLOCK_MS = 1000;

export class OpenDraft {
  #mark: string | null = null;
  #last: Promise<string | null>;
  /** One note after the other. */
  #line: Promise<unknown>;

  constructor(private readonly bridge: Bridge) {
    this.#last = bridge.openDraft().catch(() => null);
    this.#line = this.#last.then((mark) => {
      this.#mark ??= mark;
    });
  }

  /** A draft is about to be made. */
  adding(at: number): Promise<void> {
    return this.#note(SINCE + new Date(at).toISOString());
  }

  is(id: string | null): void {
    if (id !== this.#mark) void this.#note(id);
  }

  noted(id: string): boolean {
    return this.#mark === id;
  }

  /** Somebody asks for another draft than that of last time. */
  passOver(): void {
    this.#last = Promise.resolve(null);
  }

  /**
   * The draft of last time; asked for once: what is written from now on is another one. `mine`: the id of that other one,
   * if it has been made by now, and nothing of it is on its way; undefined: that is not known.
   */
  async ofLastTime(ask: Ask, mine: () => Promise<string | null | undefined>): Promise<string | null> {
    const last = this.#last;
    this.passOver();
    const mark = await last;
    if (!mark?.startsWith(SINCE)) return mark;
    const since = Date.parse(mark.slice(SINCE.length)) - CLOCK_MS;
    const { drafts } = await ask("draft_list", {}).catch(() => ({ drafts: [] }));
    // Asked for last: what is written here may have been made before the list was.
    const written = await mine();
    if (written === undefined) return null;
    const made = drafts.filter(
      ({ id, rev, updated_at }) => id !== written && rev === 1 && Date.parse(updated_at) >= since,
    );
    return made.length === 1 ? (made[0]?.id ?? null) : null;
  }

  #note(mark: string | null): Promise<void> {
    this.#mark = mark;
    // A note that cannot be written costs a click in the list of drafts, and no text.
    const noted = this.#line.then(() => this.bridge.keepOpenDraft(mark)).catch(() => {});
    this.#line = noted;
    return noted;
  }
}
