// What one key costs the page's main thread, from the key's event until the frame with its letter is handed to the
// compositor: out of Chromium's own trace. `ran`: only while the processor was the page's, so that a busy machine does not
// count; `passed`: by the clock.
import type { Page } from "playwright-core";
import type { FindingView } from "../src/api.next";
import { area } from "./screens";
import type { Stage } from "./stage";

export interface Key {
  ran: number;
  passed: number;
}

export interface Figures {
  median: Key;
  p95: Key;
  most: Key;
  keys: number;
}

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  /** In microseconds. */
  ts: number;
  dur?: number;
  tdur?: number;
  args?: { data?: { type?: string }; name?: string };
}

const CATEGORIES = ["-*", "toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline"];
const SENTENCES = {
  en: {
    word: "client",
    marked: "The client asked for it by Friday, and nobody knew why. ",
    rest: "Nothing else is to be said of that day, and so on. ",
  },
  ja: {
    word: "取引先",
    marked: "取引先の方が金曜までにと言っていたのですが、理由はよくわかりません。",
    rest: "その日のことは、これ以上とくに書くこともないので、このくらいにしておきます。",
  },
};
const LETTERS = 10_000;
const FINDINGS = 40;

export const TONGUES = ["ja", "en"] as const;
export type Tongue = (typeof TONGUES)[number];

/** One paragraph of 10,000 letters, 40 findings in them, three accounts; the caret stands in the middle. */
async function full(page: Page, language: Tongue, accounts = 3): Promise<void> {
  const { word, marked: sentence, rest } = SENTENCES[language];
  await page.evaluate(
    ({ most, word }) => {
      const ask = globalThis.kossoriBridge?.ask;
      if (!ask || !globalThis.kossoriBridge) return;
      globalThis.kossoriBridge.ask = async <T>(request: Parameters<typeof ask>[0]): Promise<T> => {
        const answer = await ask<{ findings: FindingView[] }>(request);
        if (request.do !== "post_check") return answer as T;
        const text = request.content.parts[0]?.text ?? "";
        const found = [...text.matchAll(new RegExp(word, "g"))].slice(0, most).map(
          ({ index }): FindingView => ({
            rule: "word_to_avoid",
            severity: "warn",
            message: "",
            account: null,
            part: 1,
            from: index,
            to: index + word.length,
            args: { word },
          }),
        );
        return { ...answer, findings: found } as T;
      };
    },
    { most: FINDINGS, word },
  );
  const chips = page.locator(".chip[data-p=personal]");
  // The accounts come a moment after the page, and with them the first choice.
  await page.waitForSelector(".chip[aria-pressed=true]");
  for (let n = 0; n < (await chips.count()); n += 1) {
    if ((await chips.nth(n).getAttribute("aria-pressed")) === "false") await chips.nth(n).click();
  }
  const chosen = await page.locator(".chip[aria-pressed=true]").count();
  if (chosen < accounts) throw new Error(`only ${chosen} accounts are chosen`);
  const marked = sentence.repeat(FINDINGS);
  const half = rest.repeat(300).slice(0, (LETTERS - marked.length) / 2);
  await area(page).fill(`${half}${marked}${half}`.padEnd(LETTERS, "."));
  await page.waitForFunction((most) => document.querySelectorAll(".mirror mark").length === most, FINDINGS);
  await area(page).evaluate((field: HTMLTextAreaElement) => {
    field.focus();
    const middle = field.value.length / 2;
    field.setSelectionRange(middle, middle);
  });
}

/** `keys` keys at the speed of a quick writer, who stops to think now and then: checks and saves fall between them. */
export async function typing(stage: Stage, language: Tongue, keys: number): Promise<Figures> {
  const page = await stage.page({ language, realTime: true });
  await full(page, language);
  const trace = await stage.traced(page, CATEGORIES, async () => {
    for (let n = 0; n < keys; n += 1) {
      await page.keyboard.press(n % 6 === 5 ? "Space" : ("abcdefgh"[n % 8] ?? "a"));
      await page.waitForTimeout(n % 20 === 19 ? 260 : 30);
    }
  });
  const found = costs((JSON.parse(trace) as { traceEvents: TraceEvent[] }).traceEvents);
  if (found.length < keys * 0.9) throw new Error(`of ${keys} keys ${found.length} are in the trace`);
  await page.context().close();
  return figures(found);
}

function figures(keys: readonly Key[]): Figures {
  const at = (share: number): Key => {
    const nth = (what: keyof Key) =>
      keys.map((key) => key[what]).sort((a, b) => a - b)[
        Math.min(keys.length - 1, Math.floor(keys.length * share))
      ] ?? 0;
    return { ran: nth("ran"), passed: nth("passed") };
  };
  return { median: at(0.5), p95: at(0.95), most: at(1), keys: keys.length };
}

/** Every key with the tasks of the page's main thread from its event to the first frame behind its input. */
function costs(events: readonly TraceEvent[]): Key[] {
  const dispatched = events.filter((one) => one.name === "EventDispatch");
  const first = dispatched.find((one) => one.args?.data?.type === "keydown");
  if (!first) return [];
  const here = events.filter((one) => one.pid === first.pid && one.tid === first.tid);
  const sorted = (some: TraceEvent[]) => some.sort((a, b) => a.ts - b.ts);
  const tasks = sorted(here.filter((one) => one.name.endsWith("RunTask") && one.ph === "X"));
  const outer = tasks.filter((task, n) => {
    const before = tasks[n - 1];
    return !before || before.ts + (before.dur ?? 0) <= task.ts;
  });
  const commits = sorted(here.filter((one) => one.name === "Commit"));
  const of = (type: string) =>
    sorted(here.filter((one) => one.args?.data?.type === type && one.name === "EventDispatch"));
  const [downs, inputs] = [of("keydown"), of("input")];
  return downs.flatMap((down, n): Key[] => {
    const next = downs[n + 1]?.ts ?? Number.POSITIVE_INFINITY;
    const input = inputs.find((one) => one.ts >= down.ts && one.ts < next);
    const commit = input && commits.find((one) => one.ts >= input.ts);
    if (!commit) return [];
    const its = outer.filter((task) => task.ts + (task.dur ?? 0) >= down.ts && task.ts <= commit.ts);
    const sum = (what: "dur" | "tdur") => its.reduce((all, task) => all + (task[what] ?? 0), 0) / 1000;
    return [{ ran: sum("tdur"), passed: sum("dur") }];
  });
}
