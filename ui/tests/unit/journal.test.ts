import { describe, expect, it } from "vitest";
import type { JournalView } from "../../src/api.next";
import {
  byDay,
  type Entry,
  type Filter,
  goesOn,
  kindOf,
  matches,
  merged,
} from "../../src/main/journal/outcome";
import { byPost, goesBack } from "../../src/main/queue/order";
import { delivery } from "../fake/answers";
import { content } from "../fake/seeds";
import { account, type Delivery, emptyWorld } from "../fake/world";

const world = emptyWorld();
const NOW = new Date("2026-11-25T12:00:00+09:00");
const view = (rest: Partial<Delivery>) =>
  delivery(world, rest.account ?? "a", content("Ginkgo leaves"), rest);
const entry = (
  id: string,
  at: string,
  event = "sent",
  rest: Partial<Delivery> = { state: "sent" },
): Entry => ({
  row: {
    at: `2026-11-${at}:00.000+09:00`,
    delivery: id,
    event,
    attempt: null,
    detail: null,
    account: "a",
  } satisfies JournalView,
  delivery: view({ id, ...rest }),
});

describe("an entry", () => {
  it.each<[string, string, Partial<Delivery>, boolean]>([
    ["out", "sent", { state: "sent" }, false],
    ["deleted", "sent", { state: "sent", deleted_at: "2026-11-25T11:00:00.000+09:00" }, false],
    ["failed", "rejected", { state: "rejected" }, false],
    ["failed", "rejected", { state: "queued" }, true],
    ["out", "part_sent", { state: "held", parts: 2, parts_sent: 1 }, true],
    ["unknown", "unknown", { state: "unknown" }, true],
    ["unknown", "resolved", { state: "left" }, false],
    ["unknown", "resolved", { state: "queued" }, true],
    ["removed", "removed", { state: "removed" }, false],
  ])("is %s: %s, %j", (kind, event, rest, on) => {
    const one = entry("x", "25T11:00", event, rest);
    expect(kindOf(one)).toBe(kind);
    expect(goesOn(one)).toBe(on);
  });

  it("is found by what was chosen and typed", () => {
    const all: Filter = { account: "", network: "", kind: "", query: "" };
    const one = entry("x", "25T11:00");
    const mine = account("a", "bluesky", "haruka.dev");
    const nobody = account("a", "bluesky", "yofukashi", "anonymous");
    const is = (filter: Partial<Filter>, who: typeof mine | undefined = mine) =>
      matches(one, who, { ...all, ...filter });
    expect([is({}), is({ account: "a" }), is({ account: "b" })]).toEqual([true, true, false]);
    expect([is({ account: "named" }), is({ account: "named" }, nobody)]).toEqual([true, false]);
    expect([is({ network: "bluesky" }), is({ network: "x" })]).toEqual([true, false]);
    expect([is({ kind: "out" }), is({ kind: "failed" }), is({ kind: "differs" })]).toEqual([
      true,
      false,
      false,
    ]);
    expect([is({ query: "ｇｉｎｋｇｏ" }), is({ query: "HARUKA" }), is({ query: "maple" })]).toEqual([
      true,
      true,
      false,
    ]);
    expect(matches(one, undefined, { ...all, account: "named" }), "an account that is gone").toBe(true);
  });

  it("stands under its day", () => {
    const days = byDay([entry("a", "25T00:10"), entry("b", "24T23:50"), entry("c", "24T09:00")]);
    expect(days.map(({ day, entries }) => [day, entries.length])).toEqual([
      ["2026-11-25", 1],
      ["2026-11-24", 2],
    ]);
  });
});

describe("the newest page over what was read", () => {
  const ids = (all: Entry[] | null) => all?.map(({ delivery }) => delivery.id);
  const known = [entry("c", "24T12:00"), entry("b", "23T12:00"), entry("a", "22T12:00")];

  it("keeps what is older, and nothing twice", () => {
    expect(ids(merged([entry("d", "25T12:00"), entry("c", "24T12:00")], true, known))).toEqual([
      "d",
      "c",
      "b",
      "a",
    ]);
  });
  it("takes from the old what came anew", () => {
    expect(ids(merged([entry("b", "25T12:00"), entry("c", "24T12:00")], true, known))).toEqual([
      "b",
      "c",
      "a",
    ]);
  });
  it("forgets it where something may lie between", () => {
    expect(merged([entry("f", "25T12:00"), entry("e", "25T11:00")], true, known)).toBeNull();
  });
  it("is all there is", () => {
    expect(ids(merged([entry("c", "24T12:00")], false, known))).toEqual(["c"]);
    expect(ids(merged([entry("c", "24T12:00")], true, []))).toEqual(["c"]);
  });
});

describe("the queue", () => {
  it("has one text for the accounts of a post that say the same", () => {
    const all = [
      view({ id: "1", post: "p" }),
      view({ id: "2", post: "q" }),
      view({ id: "3", post: "p" }),
      view({ id: "4", post: "p", text: "Shorter" }),
    ];
    const groups = byPost(all).map(({ id, deliveries }) => [id, deliveries.map((one) => one.id)]);
    expect(groups).toEqual([
      ["1", ["1", "3"]],
      ["2", ["2"]],
      ["4", ["4"]],
    ]);
  });

  it.each<[boolean, Partial<Delivery>]>([
    [true, {}],
    [true, { state: "held", hold_until: "2026-11-25T11:00:00.000+09:00" }],
    [true, { when: { at: "2026-11-25T12:01:00.000+09:00" } }],
    [false, { when: { at: "2026-11-25T12:00:00.000+09:00" } }],
    [false, { expires_at: "2026-11-25T11:59:00.000+09:00" }],
    [false, { state: "rejected" }],
    [false, { frozen: true }],
    [false, { parts: 2, parts_sent: 1 }],
  ])("takes back what can be as it was: %s %j", (back, rest) => {
    expect(goesBack(view(rest), NOW)).toBe(back);
  });
});
