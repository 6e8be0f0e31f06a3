import { describe, expect, it } from "vitest";
import type { Bridge } from "../../src/bridge/bridge";
import type { Ask } from "../../src/bridge/host";
import { OpenDraft } from "../../src/compose/openDraft";
import { settle } from "./timers";

const AT = Date.parse("2026-03-02T12:20:00.000Z");
const made = (id: string, seconds: number, rev = 1) => ({
  id,
  rev,
  updated_at: new Date(AT + seconds * 1000).toISOString(),
});

/** A window after another: what was noted is all that is left of the one before. */
function windows(drafts: ReturnType<typeof made>[] = []) {
  const notes: (string | null)[] = [];
  const bridge = {
    openDraft: async () => notes.at(-1) ?? null,
    keepOpenDraft: async (mark: string | null) => void notes.push(mark),
  } as unknown as Bridge;
  const ask = (async () => ({ drafts })) as unknown as Ask;
  return { notes, anew: () => new OpenDraft(bridge), ask };
}

const none = async () => null;

describe("the draft that is open", () => {
  it("is known to a window that comes anew, and told once", async () => {
    const { anew, ask } = windows();
    anew().is("d1");
    await settle();
    const next = anew();
    expect(await next.ofLastTime(ask, none)).toBe("d1");
    expect(await next.ofLastTime(ask, none)).toBe(null);
    expect(next.noted("d1")).toBe(true);
  });

  it("is nothing once it was closed, or another one is asked for", async () => {
    const { anew, ask } = windows();
    const first = anew();
    first.is("d1");
    await settle();
    const second = anew();
    second.passOver();
    expect(await second.ofLastTime(ask, none)).toBe(null);
    second.is(null);
    await settle();
    expect(await anew().ofLastTime(ask, none)).toBe(null);
  });

  it.each([
    ["the one made since", [made("old", -60), made("new", 1)], "new"],
    ["none, when it was never made", [made("old", -60)], null],
    ["none, when it is not certain which", [made("one", 1), made("two", 2)], null],
    ["none that was edited before", [made("edited", 1, 3)], null],
    ["not the one that was begun in this window", [made("one", 1), made("mine", 2)], "one"],
  ])("without its answer: %s", async (_, drafts, expected) => {
    const { anew, ask, notes } = windows(drafts);
    await anew().adding(AT);
    expect(notes).toEqual(["since:2026-03-02T12:20:00.000Z"]);
    expect(await anew().ofLastTime(ask, async () => "mine")).toBe(expected);
  });

  it("is noted in the order in which it was told, also before the last note has been read", async () => {
    const { anew, notes } = windows();
    const open = anew();
    void open.adding(AT);
    open.is("d1");
    open.is("d1");
    open.is(null);
    await settle();
    expect(notes).toEqual(["since:2026-03-02T12:20:00.000Z", "d1", null]);
  });
});
