import { beforeEach, describe, expect, it } from "vitest";
import type { Problem, Request } from "../../src/api.next";
import type { Ask } from "../../src/bridge/host";
import { Autosave, type Draft, type Saving, type Written } from "../../src/compose/autosave";
import { NO_REST } from "../../src/compose/written";
import * as answers from "../fake/answers";
import { emptyWorld, type World } from "../fake/world";
import { StillTime, settle } from "./timers";

const written = (text: string): Written => ({
  accounts: [],
  content: {
    parts: [{ text, media: [] }],
    cw: null,
    visibility: null,
    lang: "ja",
    ...NO_REST,
  },
});

let world: World;
let time: StillTime;
let asked: string[];
let saving: Saving[];
let draft: Draft | null;
let seconds: number;
/** "answer"; "swallow": carried out, no answer; "dead": neither; a problem: refused. */
let host: "answer" | "swallow" | "dead" | Problem;
let save: Autosave;
/** What the shell does with what is under way when the connection has ended: it answers in any case. */
let underWay: { carryOut: () => void; giveUp: () => void }[];

const texts = () => world.drafts.map(({ content }) => content.parts[0]?.text);

beforeEach(() => {
  world = emptyWorld();
  time = new StillTime();
  asked = [];
  saving = [];
  draft = null;
  seconds = 0;
  host = "answer";
  underWay = [];
  const ask = (async (what: Request["do"], about: object) => {
    asked.push(what);
    await settle();
    if (typeof host === "object") throw host;
    const request = { do: what, ...about } as never;
    const carry = () =>
      structuredClone(
        what === "draft_add"
          ? answers.draftAdd(world, request, time.now())
          : what === "draft_edit"
            ? answers.draftEdit(world, request, time.now())
            : what === "draft_list"
              ? answers.draftList(world)
              : answers.draftShow(world, (about as { id: string }).id),
      );
    if (host === "answer") return carry();
    if (host === "swallow") carry();
    return new Promise<never>((resolve, reject) => {
      underWay.push({
        carryOut: () => resolve(carry() as never),
        giveUp: () => reject({ code: "host_gone" }),
      });
    });
  }) as Ask;
  save = new Autosave(ask, time, {
    saving: (state) => saving.push(state),
    adding: async () => {},
    draft: (now) => {
      draft = now;
    },
    second: () => {
      seconds += 1;
    },
  });
});

describe("when it saves", () => {
  it("300 ms after the last key, not before", async () => {
    save.changed(written("a"));
    await time.pass(299);
    expect(asked).toEqual([]);
    await time.pass(1);
    expect(texts()).toEqual(["a"]);
    expect(saving.at(-1)).toEqual({ kind: "saved", at: 300 });
  });

  it("at least once a second while somebody types on", async () => {
    for (let n = 0; n < 20; n += 1) {
      save.changed(written("a".repeat(n + 1)));
      await time.pass(100);
    }
    expect(asked.length).toBeGreaterThanOrEqual(2);
  });

  it("nothing, while there is nothing", async () => {
    save.changed(written(""));
    await time.pass(5000);
    expect(asked).toEqual([]);
  });

  it("a post that is handed on, though it has no words", async () => {
    const one = written("");
    save.changed({ ...one, content: { ...one.content, repost: "https://x.example/1" } });
    await time.pass(1000);
    expect(world.drafts.map(({ content }) => content.repost)).toEqual(["https://x.example/1"]);
  });

  it("the same draft again, on its newest revision", async () => {
    save.changed(written("a"));
    await time.pass(400);
    save.changed(written("ab"));
    await time.pass(400);
    expect(asked).toEqual(["draft_add", "draft_edit"]);
    expect(draft).toEqual({ id: "draft-0001", rev: 2 });
    expect(texts()).toEqual(["ab"]);
  });

  it("says saved only when the host has committed", async () => {
    host = "dead";
    save.changed(written("a"));
    await time.pass(3000);
    expect(saving.some(({ kind }) => kind === "saved")).toBe(false);
  });
});

describe("when the answer is lost", () => {
  it("and the save was not carried out, it is sent again", async () => {
    host = "dead";
    save.changed(written("a"));
    await time.pass(400);
    save.disconnected();
    expect(saving.at(-1)).toEqual({ kind: "unanswered" });
    save.changed(written("ab"));
    await time.pass(400);
    host = "answer";
    save.reconnected();
    for (const one of underWay) one.giveUp();
    await time.pass(5400);
    expect(texts()).toEqual(["ab"]);
    expect(saving.at(-1)?.kind).toBe("saved");
  });

  it("and the shell asks again, there is no second draft", async () => {
    host = "dead";
    save.changed(written("a"));
    await time.pass(400);
    save.disconnected();
    save.changed(written("ab"));
    host = "answer";
    save.reconnected();
    await time.pass(2000);
    expect(texts()).toEqual([]);
    for (const one of underWay) one.carryOut();
    await time.pass(2000);
    expect(texts()).toEqual(["ab"]);
    expect(asked.filter((what) => what === "draft_add")).toHaveLength(1);
  });

  it("and a first save was carried out, there is no second draft", async () => {
    host = "swallow";
    save.changed(written("a"));
    await time.pass(400);
    save.disconnected();
    host = "answer";
    save.reconnected();
    for (const one of underWay) one.giveUp();
    await time.pass(5400);
    expect(texts()).toEqual(["a"]);
    expect(saving.at(-1)?.kind).toBe("saved");
    save.changed(written("ab"));
    await time.pass(400);
    expect(texts()).toEqual(["ab"]);
  });

  it.each([
    [
      "with other pictures",
      { parts: [{ text: "a", media: [{ path: null, media: "picture-0001", alt: "" }] }] },
      1,
      10_000,
    ],
    ["of an older time", {}, 1, 0],
    ["that was edited since", {}, 2, 10_000],
    ["that answers somebody", { reply_to: "https://x.example/1" }, 1, 10_000],
  ])("another draft of the same text is not taken for it: one %s", async (_, rest, rev, updated) => {
    await time.pass(10_000);
    answers.picture(world, "", 9);
    const other = { id: "other", rev, accounts: [], updated, content: { ...written("a").content, ...rest } };
    world.drafts.push(structuredClone(other));
    host = "dead";
    save.changed(written("a"));
    await time.pass(400);
    host = "answer";
    for (const one of underWay) one.giveUp();
    await time.pass(5400);
    save.changed(written("ab"));
    await time.pass(400);
    expect(texts()).toEqual(["ab", "a"]);
    expect(world.drafts[1]).toEqual(other);
  });

  it("and an edit was carried out, it is found and not made again", async () => {
    save.changed(written("a"));
    await time.pass(400);
    host = "swallow";
    save.changed(written("ab"));
    await time.pass(400);
    save.disconnected();
    host = "answer";
    save.reconnected();
    for (const one of underWay) one.giveUp();
    await time.pass(5400);
    expect(texts()).toEqual(["ab"]);
    expect(seconds).toBe(0);
    expect(draft?.rev).toBe(2);
  });

  it("tries again by itself when the shell says host_gone", async () => {
    host = { code: "host_gone" };
    save.changed(written("a"));
    await time.pass(400);
    expect(saving.at(-1)).toEqual({ kind: "unanswered" });
    host = "answer";
    await time.pass(6000);
    expect(texts()).toEqual(["a"]);
  });
});

describe("when somebody else writes too", () => {
  it("a stale revision makes a second draft, and nothing is overwritten", async () => {
    save.changed(written("mine"));
    await time.pass(400);
    const first = world.drafts[0];
    if (first) Object.assign(first, { rev: 7, content: written("theirs").content });
    save.changed(written("mine too"));
    await time.pass(400);
    expect(texts()).toEqual(["mine too", "theirs"]);
    expect(seconds).toBe(1);
    save.changed(written("mine three"));
    await time.pass(400);
    expect(texts()).toEqual(["mine three", "theirs"]);
  });

  it("a draft that was removed meanwhile is written down anew", async () => {
    save.changed(written("a"));
    await time.pass(400);
    world.drafts = [];
    save.changed(written("ab"));
    await time.pass(1000);
    expect(texts()).toEqual(["ab"]);
  });
});

describe("when the draft is looked after", () => {
  beforeEach(async () => {
    save.changed(written("a"));
    await time.pass(400);
  });

  it("nothing happens while it is there as it was saved", async () => {
    await save.lookAfter();
    await time.pass(1000);
    expect([texts(), seconds, asked.filter((what) => what === "draft_add").length]).toEqual([["a"], 0, 1]);
  });

  it("one that is gone or was changed is written down anew", async () => {
    world.drafts = [];
    await save.lookAfter();
    await time.pass(1000);
    expect([texts(), seconds]).toEqual([["a"], 1]);
    Object.assign(world.drafts[0] ?? {}, { rev: 5, content: written("theirs").content });
    await save.lookAfter();
    await time.pass(1000);
    expect([texts(), seconds]).toEqual([["a", "theirs"], 2]);
  });
});

describe("while the draft is on its way to the queue", () => {
  it("nothing is saved, and a flush waits", async () => {
    save.changed(written("a"));
    await time.pass(400);
    let end = () => {};
    const sent = save.without(
      () =>
        new Promise<void>((go) => {
          end = go;
        }),
    );
    save.changed(written("ab"));
    const flushed = save.flush();
    await time.pass(5000);
    expect(texts()).toEqual(["a"]);
    end();
    await sent;
    await flushed;
    expect(texts()).toEqual(["ab"]);
  });
});

describe("an opened draft", () => {
  it("stays with its accounts until one is chosen", async () => {
    world.drafts.push({ id: "d", rev: 1, accounts: ["gone"], updated: 0, content: written("a").content });
    const nobody = (text: string) => ({ ...written(text), unchosen: true });
    save.open({ id: "d", rev: 1 }, nobody("a"));
    save.changed(nobody("ab"));
    await time.pass(400);
    expect(world.drafts).toMatchObject([{ id: "d", accounts: ["gone"], content: written("ab").content }]);
    save.changed(written("abc"));
    await time.pass(400);
    expect(world.drafts[0]?.accounts).toEqual([]);
  });
});

describe("when it is refused", () => {
  it("says so, and tries again", async () => {
    host = { code: "disk_full" };
    save.changed(written("a"));
    await time.pass(400);
    expect(saving.at(-1)).toEqual({ kind: "refused", problem: { code: "disk_full" } });
    host = "answer";
    await time.pass(6000);
    expect(texts()).toEqual(["a"]);
  });
});

describe("flush", () => {
  it("ends when the last key is kept", async () => {
    save.changed(written("a"));
    const done = save.flush();
    await time.pass(0);
    await done;
    expect(texts()).toEqual(["a"]);
    expect(save.settled).toBe(true);
  });

  it("keeps what was typed during a save too", async () => {
    save.changed(written("a"));
    const done = save.flush();
    save.changed(written("ab"));
    await time.pass(0);
    await done;
    expect(texts()).toEqual(["ab"]);
  });

  it("rejects when it cannot be kept", async () => {
    host = { code: "disk_full" };
    save.changed(written("a"));
    await expect(save.flush()).rejects.toEqual({ code: "disk_full" });
  });
});
