// Drafts that were removed, asked for again, and refused. Nobody else has their text: it stays here until it is put back.
import type { ContentInput, DraftView, Problem } from "../../api.next";
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

/** It is removed, and all that was in it is handed back. */
export async function removed(app: App, { id, accounts }: DraftView): Promise<Removed> {
  const { content } = await app.ask("draft_show", { id });
  await app.ask("draft_remove", { id });
  const parts = content.parts.map((part) => ({
    text: part.text,
    media: part.media.map(({ id, alt }) => ({ path: null, media: id, alt })),
  }));
  return { accounts, content: { ...content, parts } as ContentInput };
}

/** Accounts that are gone by now are left out. */
async function add(app: App, { accounts, content }: Removed): Promise<string> {
  const known = accounts.filter((id) => app.account(id));
  try {
    return (await app.ask("draft_add", { accounts: known, content })).id;
  } catch (thrown) {
    if (problemOf(thrown).code !== "unknown_account") throw thrown;
    return (await app.ask("draft_add", { accounts: [], content })).id;
  }
}

/** The draft that it is now. Refused, it says so, keeps the text, and can be tried again: null. */
export async function putBack(
  app: App,
  draft: Removed,
  before: number | null = null,
): Promise<string | null> {
  try {
    const id = await add(app, draft);
    lost.all = lost.all.filter((one) => one.id !== before);
    return id;
  } catch (thrown) {
    const problem = problemOf(thrown);
    const id = before ?? ++count;
    lost.all = [...lost.all.filter((one) => one.id !== id), { ...draft, id, problem }];
    app.undo.offer({
      text: `${sentence(problem).message}${gap()}${t("ui.drafts.not_back")}`,
      back: async () => void (await putBack(app, draft, id)),
    });
    return null;
  }
}
