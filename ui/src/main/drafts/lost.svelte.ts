// Drafts that were removed, asked for again, and refused. Nobody else has their text: it stays here until it is put back.
import type { ContentInput, Problem } from "../../api.next";
import type { App } from "../../app.svelte";
import { problemOf } from "../../bridge/host";
import { sentence } from "../../words/say";
import { gap, t } from "../../words/words";

export interface Removed {
  accounts: string[];
  content: ContentInput;
}

export interface Lost extends Removed {
  id: number;
  problem: Problem;
}

let count = 0;
export const lost = $state<{ all: Lost[] }>({ all: [] });

/** Accounts that are gone by now are left out. */
async function add(app: App, { accounts, content }: Removed): Promise<void> {
  const known = accounts.filter((id) => app.account(id));
  try {
    await app.ask("draft_add", { accounts: known, content });
  } catch (thrown) {
    if (problemOf(thrown).code !== "unknown_account") throw thrown;
    await app.ask("draft_add", { accounts: [], content });
  }
}

/** Refused, it says so, keeps the text, and can be tried again. */
export async function putBack(app: App, draft: Removed, before: number | null = null): Promise<boolean> {
  try {
    await add(app, draft);
    lost.all = lost.all.filter((one) => one.id !== before);
    return true;
  } catch (thrown) {
    const problem = problemOf(thrown);
    const id = before ?? ++count;
    lost.all = [...lost.all.filter((one) => one.id !== id), { ...draft, id, problem }];
    app.undo.offer({
      text: `${sentence(problem).message}${gap()}${t("ui.drafts.not_back")}`,
      back: async () => void (await putBack(app, draft, id)),
    });
    return false;
  }
}
