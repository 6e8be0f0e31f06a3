// The journal as it is shown: what is read of it, and what a person does to what stands in it.
import type { Answers, DeliveryView, Problem, Resolution } from "../../api.next";
import type { App } from "../../app.svelte";
import { problemOf } from "../../bridge/host";
import { t } from "../../words/words";
import { type Entry, merged } from "./outcome";

/** Read at once. */
export const PAGE = 100;

export class Journal {
  /** The newest first. */
  entries = $state.raw<Entry[]>([]);
  /** What lies before them is asked for with it; null: nothing does. */
  more = $state<string | null>(null);
  read = $state(false);
  reading = $state(false);
  /** Being taken down. */
  deleting = $state<readonly string[]>([]);
  problem = $state<Problem | null>(null);
  unread = $state<Problem | null>(null);
  /** What was done, in words. */
  told = $state("");

  constructor(private readonly app: App) {}

  /** The newest ones anew, over what is read. What is older and was changed by somebody else is seen when it is read again. */
  async load(): Promise<void> {
    try {
      const page = await this.#page(null);
      const all = merged(page.entries, page.more !== null, this.entries);
      if (all === null || all.length === page.entries.length) this.more = page.more;
      this.entries = all ?? page.entries;
      this.read = true;
      this.unread = null;
    } catch (thrown) {
      this.unread = problemOf(thrown);
    }
  }

  async older(): Promise<void> {
    if (this.more === null || this.reading) return;
    this.reading = true;
    this.problem = null;
    try {
      const page = await this.#page(this.more);
      const known = new Set(this.entries.map(({ delivery }) => delivery.id));
      const before = page.entries.filter(({ delivery }) => !known.has(delivery.id));
      this.entries = [...this.entries, ...before];
      this.more = page.more;
      this.told = t(before.length === 1 ? "ui.journal.read_one" : "ui.journal.read_more", {
        count: before.length,
      });
    } catch (thrown) {
      this.problem = problemOf(thrown);
    } finally {
      this.reading = false;
    }
  }

  async takeDown(delivery: DeliveryView): Promise<void> {
    this.deleting = [...this.deleting, delivery.id];
    this.told = t("ui.journal.deleting");
    await this.#run(delivery.id, async () => {
      await this.app.ask("post_delete", { id: delivery.id });
      this.told = t("ui.journal.deleted");
    });
    this.deleting = this.deleting.filter((id) => id !== delivery.id);
  }

  async resolve(delivery: DeliveryView, resolution: Resolution): Promise<void> {
    await this.#run(delivery.id, () => this.app.ask("queue_resolve", { id: delivery.id, resolution }));
  }

  async retry(delivery: DeliveryView): Promise<void> {
    await this.#run(delivery.id, async () => {
      await this.app.ask("queue_retry", { id: delivery.id });
      this.told = t("ui.journal.waits_again");
    });
  }

  /** It is shown anew in any case: a refusal may leave something of it too. */
  async #run(id: string, what: () => Promise<unknown>): Promise<void> {
    this.problem = null;
    try {
      await what();
    } catch (thrown) {
      this.problem = problemOf(thrown);
      this.told = "";
    }
    await this.app.ask("queue_show", { id }).then(
      (shown) => this.#put(shown),
      // What was asked for says what is the matter.
      () => {},
    );
  }

  #put(delivery: DeliveryView): void {
    this.entries = this.entries.map((entry) =>
      entry.delivery.id === delivery.id ? { ...entry, delivery } : entry,
    );
  }

  async #page(until: string | null): Promise<{ entries: Entry[]; more: string | null }> {
    const told = await this.app.ask("journal", { since: null, until, limit: PAGE, outcomes: true });
    return { entries: entriesOf(told), more: told.more };
  }
}

function entriesOf({ entries, deliveries }: Answers["journal"]): Entry[] {
  const known = new Map(deliveries.map((delivery) => [delivery.id, delivery]));
  const rows = entries.toReversed();
  return rows.flatMap((row) => {
    const delivery = known.get(row.delivery ?? "");
    return delivery ? [{ row, delivery }] : [];
  });
}
