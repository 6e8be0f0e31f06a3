import { beforeAll, describe, expect, it } from "vitest";
import type { AccountCheck, FindingView } from "../../src/api.next";
import { isAddress, made, quiet, quietly, ways } from "../../src/compose/around";
import { bellLine } from "../../src/compose/bells";
import { alone, firstChoice, ofDraft, toggled } from "../../src/compose/chosen";
import { counters, spokenCounter } from "../../src/compose/counters";
import { blocks, inWhole, kept, lines, moved, pieces, sorted } from "../../src/compose/findings";
import { outcomeOf } from "../../src/compose/outcome";
import { MOST_BYTES, upload } from "../../src/compose/pictures";
import { aim, input, outside } from "../../src/compose/when";
import {
  ALONE,
  COMMON,
  contentOf,
  hasRest,
  hasRule,
  NO_REST,
  piecesOf,
  sameContent,
  shownOf,
} from "../../src/compose/written";
import { loadTexts, speak } from "../../src/words/words";
import { account } from "../fake/world";
import { knownOn } from "./known";

beforeAll(async () => speak("en", await loadTexts("en")));

const blue = account("b", "bluesky", "haruka.dev");
const masto = account("m", "mastodon", "haruka");
const works = account("w", "bluesky", "works", "official");
const night = account("n", "mastodon", "night", "anonymous");
const practice = account("p", "practice", "practice");
const all = [blue, masto, works, night, practice];

describe("who is chosen", () => {
  it("at first the personal ones, practice only alone", () => {
    expect(firstChoice(all)).toEqual(["b", "m"]);
    expect(firstChoice([works, night, practice])).toEqual(["p"]);
    expect(firstChoice([works, night])).toEqual([]);
  });

  it("official and anonymous stand alone", () => {
    expect(toggled(all, ["b", "m"], "w")).toEqual(["w"]);
    expect(toggled(all, ["w"], "n")).toEqual(["n"]);
    expect(toggled(all, ["w"], "b")).toEqual(["b"]);
    expect(toggled(all, ["b"], "m")).toEqual(["b", "m"]);
    expect(toggled(all, ["b", "m"], "m")).toEqual(["b"]);
    expect(alone(all, ["w"])?.id).toBe("w");
    expect(alone(all, ["b"])).toBeNull();
  });

  it("with a draft only those whose name nobody could mistake", () => {
    expect(ofDraft(all, ["m", "b"])).toEqual(["m", "b"]);
    expect(ofDraft(all, [])).toEqual(["b", "m"]);
    for (const its of [["w"], ["n"], ["b", "w"], ["gone"], ["b", "gone"]])
      expect(ofDraft(all, its)).toBeNull();
  });
});

const check = (length: number, limit: number, bells = "unknown"): AccountCheck => ({
  length,
  limit,
  bells,
  cost_usd: 0,
  parts: 1,
  alt_max: 0,
  pieces: [],
});

describe("counters", () => {
  it("are the host's, one a network that counts alike", () => {
    const two = [blue, { ...blue, id: "b2" }, masto];
    const shown = counters(two, ["b", "b2", "m"], {
      b: check(10, 300),
      b2: check(10, 300),
      m: check(12, 500),
    });
    expect(shown.map(({ name, length }) => [name, length])).toEqual([
      ["Bluesky", 10],
      ["Mastodon", 12],
    ]);
    expect(counters(two, ["b"], {})).toEqual([]);
  });

  it("speak at twenty left and when over, and not at each key", () => {
    const at = (length: number) => counters([blue], ["b"], { b: check(length, 300) });
    expect(spokenCounter(at(279), at(280))).toBe("Bluesky: 20 left.");
    expect(spokenCounter(at(280), at(281))).toBeNull();
    expect(spokenCounter(at(299), at(301))).toBe("Bluesky: too long by 1.");
    expect(spokenCounter(at(301), at(340))).toBeNull();
    expect(spokenCounter([], at(10))).toBeNull();
  });
});

describe("bells", () => {
  it("are promised silent only where that is known", () => {
    const line = (b: string, m: string) =>
      bellLine(all, ["b", "m"], { b: check(1, 2, b), m: check(1, 2, m) });
    expect(line("unknown", "silent")).toEqual({ loud: true, text: "May ring bells on Bluesky" });
    expect(line("unknown", "unknown")?.text).toBe("May ring bells on Bluesky and Mastodon");
    expect(line("rings", "unknown")?.text).toBe("Rings bells on Bluesky");
    expect(line("silent", "silent")).toEqual({ loud: false, text: "Rings no bell" });
    expect(bellLine(all, ["b"], {})).toBeNull();
  });
});

const finding = (
  rule: string,
  severity: string,
  from: number | null = null,
  to: number | null = null,
): FindingView => ({
  rule,
  severity,
  message: "",
  account: null,
  part: 1,
  from,
  to,
});

describe("findings", () => {
  it("come worst first, without one about an empty page", () => {
    const list = [finding("alt_missing", "note"), finding("too_long", "block"), finding("empty", "block")];
    expect(sorted(list).map(({ rule }) => rule)).toEqual(["too_long", "alt_missing"]);
    expect(blocks(sorted(list))).toBe(true);
  });

  it("mark code points, not halves of them", () => {
    const text = "𠮷野家 now";
    const whole = { text, thread: false, own: [], sight: COMMON };
    const [found] = inWhole([finding("x", "warn", 1, 3)], whole, {}, {});
    expect([found?.from, found?.to]).toEqual([2, 4]);
    expect(pieces(text, found ? [found] : [])).toEqual([
      { text: "𠮷", severity: null },
      { text: "野家", severity: "warn" },
      { text: " now", severity: null },
    ]);
  });
});

describe("a finding in a text that has changed since", () => {
  const before = "one two three";
  const two = finding("x", "warn", 4, 7);
  const at = (now: string) => {
    const [there] = moved([two], before, now);
    return there?.from === null || !there ? null : now.slice(there.from, there.to ?? 0);
  };

  it("goes with its words", () => {
    expect(at(before)).toBe("two");
    expect(at("one and two three")).toBe("two");
    expect(at("two three")).toBe("two");
    expect(at("one two or three")).toBe("two");
    expect(at("𠮷one two three")).toBe("two");
    expect(at("one two")).toBe("two");
  });

  it("grows with what is written into it, and has no place where it is cut into", () => {
    expect(at("one twoo three")).toBe("two");
    expect(at("one tXwo three")).toBe("tXwo");
    expect(at("one to three")).toBe("to");
    expect(at("one  three")).toBeNull();
    expect(at("one twee")).toBeNull();
    expect(at("")).toBeNull();
  });
});

describe("the mirror's lines", () => {
  it("are cut with the marks in them, an empty one too", () => {
    const one = finding("x", "warn", 2, 6);
    const texts = (text: string) =>
      lines(text, [one]).map(({ pieces }) => pieces.map((piece) => [piece.text, piece.severity]));
    expect(texts("a\nbc\nde\n")).toEqual([
      [["a", null]],
      [["bc", "warn"]],
      [
        ["d", "warn"],
        ["e", null],
      ],
      [],
    ]);
  });

  it("stay the same objects above and below a change", () => {
    const old = lines("a\nb\nc\nb", []);
    const now = kept(old, lines("a\nX\nb\nc\nb", []));
    expect(now.map(({ pieces }) => pieces[0]?.text)).toEqual(["a", "X", "b", "c", "b"]);
    expect([now[0], now[2], now[3], now[4]]).toEqual([old[0], old[1], old[2], old[3]]);
    expect([0, 2, 3, 4].every((n) => old.includes(now[n] as (typeof old)[number]))).toBe(true);
    expect(old.includes(now[1] as (typeof old)[number])).toBe(false);
    const twice = kept(old, lines("a\na\nb\nc\nb", []));
    expect(new Set(twice).size).toBe(5);
  });
});

describe("a finding in a part", () => {
  const text = " one\n--- \n𠮷 two\n---\n\n---\nthree";
  const at = (part: number, from: number, to: number) => ({ ...finding("x", "warn", from, to), part });
  const networks = { b: "bluesky", m: "mastodon" };
  const parts = (b: number, m = 3) => ({
    b: { ...check(1, 300), parts: b },
    m: { ...check(1, 500), parts: m },
  });
  const found = (one: FindingView, checks = parts(3), own: string[] = [], thread = true, sight = COMMON) => {
    const [there] = inWhole([one], { text, thread, own, sight }, checks, networks);
    if (there?.elsewhere !== undefined) return there.elsewhere;
    return there && there.from !== null ? [there.from, there.to] : null;
  };
  const word = (of: string) => [text.indexOf(of), text.indexOf(of) + of.length];

  it("is found in the whole text, cut as the host cuts it", () => {
    expect(piecesOf(text).map((piece) => piece.text)).toEqual(["one", "𠮷 two", "three"]);
    expect([hasRule("a\n ---\t\nb"), hasRule("a --- b"), hasRule("----")]).toEqual([true, false, false]);
    expect(found(at(1, 0, 3))).toEqual(word("one"));
    expect(found(at(2, 2, 5))).toEqual(word("two"));
    expect(found(at(3, 0, 5))).toEqual(word("three"));
    expect(found(at(1, 1, 4), parts(1, 1), [], false)).toEqual(word("one"));
  });

  it("is nowhere where the host cuts further", () => {
    expect(found(at(2, 2, 5), parts(4))).toBeNull();
    expect(found({ ...at(2, 2, 5), account: "m" }, parts(4))).toEqual(word("two"));
    expect(found(at(4, 0, 1))).toBeNull();
  });

  it("is in the text of its network, and of all in the one that is in sight", () => {
    const blue = { ...at(1, 0, 3), account: "b" };
    expect(found(blue, parts(3), ["bluesky"])).toBe("bluesky");
    expect(found(blue, parts(3), ["bluesky"], true, "bluesky")).toEqual(word("one"));
    expect(found({ ...blue, account: "m" }, parts(3), ["bluesky"], true, "bluesky")).toBe(COMMON);
    for (const sight of [COMMON, "bluesky"])
      expect(found(at(1, 0, 3), parts(3), ["bluesky"], true, sight)).toEqual(word("one"));
    expect(found(at(1, 0, 3), parts(3), ["bluesky", "mastodon"])).toBe("bluesky");
    // Another text may have another number of parts.
    expect(found(at(2, 2, 5), parts(5), ["bluesky"])).toEqual(word("two"));
  });
});

describe("a draft and what is shown of it", () => {
  const picture = (id: string) => ({ id, alt: id, mime: "", width: 1, height: 1, bytes: 9, sha256: "" });
  const draft = (parts: [string, ...string[]][], rest: object = {}) => {
    const whole = parts.map(([text, ...ids]) => ({ text, media: ids.map(picture) }));
    const facts = { cw: null, visibility: null, lang: "en", ...ALONE, ...rest };
    const content = { parts: whole, variants: {}, ...facts };
    return { id: "d", text: "", accounts: [], updated_at: "", rev: 1, media: [], ...facts, content };
  };
  const again = (of: ReturnType<typeof draft>) => {
    const shown = shownOf(of);
    if (!shown) return null;
    return contentOf({ ...shown, cw: null, visibility: null, lang: "en" }, shown.pictures).parts.map(
      ({ text, media }) => [text, ...media.map((one) => one.media)],
    );
  };

  it("is the same again, with each picture at its part", () => {
    expect(again(draft([["a", "p"]]))).toEqual([["a", "p"]]);
    expect(again(draft([["a", "p"], ["b", "q", "r"], ["c"]]))).toEqual([
      ["a\n---\nb\n---\nc", "p"],
      ["", "q", "r"],
    ]);
    expect(again(draft([["a\n---\nb"], ["", "q"]]))).toEqual([["a\n---\nb"], ["", "q"]]);
    expect(again(draft([["a"], ["b"], ["", "q"]]))).toEqual([["a\n---\nb"], [""], ["", "q"]]);
    expect(again(draft([["", "p"]]))).toEqual([["", "p"]]);
    expect(again(draft([]))).toEqual([[""]]);
  });

  it("is not shown where something of it would go elsewhere", () => {
    expect(shownOf(draft([["a"], ["", "q"], ["c"]]))).toBeNull();
  });

  it("opens with networks' own words, which stand for its first part", () => {
    const kept = (text: string, ...parts: [string, ...string[]][]) => {
      const its = draft(parts);
      return { ...its, content: { ...its.content, variants: { bluesky: text } } };
    };
    expect(shownOf(kept("x", ["a"]))?.rest.variants).toEqual({ bluesky: "x" });
    expect(shownOf(kept("x\n---\ny", ["a"]))?.rest.variants).toEqual({ bluesky: "x\n---\ny" });
    const thread = shownOf(kept("x", ["a"], ["b", "q"]));
    expect([thread?.text, thread?.rest.variants.bluesky]).toEqual(["a\n---\nb", "x\n---\nb"]);
    expect(thread?.pictures.map(({ id, part }) => [id, part])).toEqual([["q", 1]]);
    // More pieces of its own: the second part's picture would stand with another.
    expect(shownOf(kept("x\n---\ny", ["a"], ["b", "q"]))).toBeNull();
    expect(shownOf(kept("", ["a"], ["b"]))).toBeNull();
  });

  it("is compared as a whole", () => {
    const kept = draft([["a", "p"], ["b"]], { reply_to: "https://x.example/1" });
    const shown = shownOf(kept);
    if (!shown) throw new Error("it is shown");
    const ours = contentOf({ ...shown, cw: null, visibility: null, lang: "en" }, shown.pictures);
    expect(sameContent(ours, kept)).toBe(true);
    const others = [
      { ...ours, reply_to: null },
      { ...ours, quote: "https://x.example/1" },
      { ...ours, repost: "https://x.example/1" },
      { ...ours, quiet_reply: true },
      { ...ours, variants: { bluesky: "x" } },
      { ...ours, visibility: "unlisted" as const },
      { ...ours, lang: "ja" },
      contentOf(
        { ...shown, rest: { ...NO_REST, reply_to: kept.reply_to }, cw: null, visibility: null, lang: "en" },
        [],
      ),
    ];
    expect(others.map((other) => sameContent(other, kept))).toEqual(others.map(() => false));
  });
});

describe("what a post is made around", () => {
  const url = "https://x.example/@her/1";
  const refers = (rest: object) => ({
    replies: true,
    quotes: true,
    reposts: true,
    quiet_replies: true,
    ...rest,
  });
  const of = (rest: object) => ({ ...account("a", "misskey", "@me"), refers: refers(rest) });

  it("is offered where all the chosen ones have it", () => {
    expect(ways([of({}), of({})])).toEqual(["reply", "quote", "repost"]);
    expect(ways([of({}), of({ quotes: false })])).toEqual(["reply", "repost"]);
    expect(ways([of({ replies: false, quotes: false, reposts: false })])).toEqual([]);
    expect(ways([])).toEqual([]);
    expect([quietly([of({})]), quietly([of({}), of({ quiet_replies: false })]), quietly([])]).toEqual([
      true,
      false,
      false,
    ]);
    // A host of an older build says nothing of it.
    const old = { ...of({}), refers: undefined } as never;
    expect([ways([old]), quietly([old])]).toEqual([[], false]);
  });

  it("is one thing: a repost stands alone, and one post is answered", () => {
    const reply = made(NO_REST, "reply", url);
    expect(reply).toEqual({ ...NO_REST, reply_to: url });
    const quoting = made(reply, "quote", url);
    expect(quoting).toEqual({ ...NO_REST, reply_to: url, quote: url });
    const repost = made(quoting, "repost", url);
    expect(repost).toEqual({ ...NO_REST, repost: url });
    expect(made(repost, "quote", url)).toEqual({ ...NO_REST, quote: url });
    expect(quiet(reply)).toEqual({ ...NO_REST, quiet_reply: true });
    expect(made(quiet(NO_REST), "reply", url)).toEqual(reply);
    expect([NO_REST, reply, repost, quiet(NO_REST)].map(hasRest)).toEqual([false, true, true, true]);
  });

  it("needs a web address", () => {
    const good = [url, "http://127.0.0.1:8080/notes/1", "HTTPS://x.example"];
    const bad = ["", "x.example/1", "at://did:plc:a/b/c", "https://", "https:///a", "https://x.example/a b"];
    expect([good.map(isAddress), bad.map(isAddress)]).toEqual([good.map(() => true), bad.map(() => false)]);
  });
});

describe("when", () => {
  const days = knownOn("2026-11-25T10:42");
  const now = new Date("2026-11-25T10:42");

  it("asks for what the button says", () => {
    expect(input({ kind: "next" })).toBe("next");
    expect(input({ kind: "window", name: "evening" })).toEqual({ window: "evening" });
    expect(input({ kind: "at", day: "2026-11-26", time: "07:30" })).toEqual({ at: "2026-11-26 07:30" });
  });

  it("aims at the earliest window of the chosen accounts", () => {
    expect(aim({ kind: "next" }, days, now, ["b"]).span?.window).toBe("lunch");
    expect(aim({ kind: "window", name: "weekend" }, days, now, ["b"]).span?.from).toEqual(
      new Date("2026-11-28T09:00"),
    );
    expect(aim({ kind: "at", day: "2026-11-26", time: "07:30" }, days, now, []).at).toEqual(
      new Date("2026-11-26T07:30"),
    );
  });

  it("reads the real time from the answer", () => {
    const one = (id: string, planned_at: string | null) => ({
      id,
      account: id,
      state: "queued",
      planned_at,
      window: "lunch",
    });
    const added = {
      post: "p",
      moved: [],
      findings: [],
      deliveries: [
        one("a", null),
        one("b", "2026-11-25T12:31:00.000+09:00"),
        one("c", "2026-11-25T12:07:00.000+09:00"),
      ],
    };
    const lunch = (at: string) => ({ at: `2026-11-25T${at}:00.000+09:00`, window: "lunch" });
    expect(outcomeOf(added)).toMatchObject({
      first: lunch("12:07"),
      last: lunch("12:31"),
      without: [{ account: "a" }],
      held: false,
    });
    expect(outcomeOf({ ...added, deliveries: added.deliveries.slice(1, 2) })).toMatchObject({
      first: lunch("12:31"),
      last: null,
      without: [],
    });
  });

  it("knows a time outside the windows of each account, not of any", () => {
    const lunch = new Date("2026-11-25T12:30");
    const [open] = days.open.filter(({ from, to }) => from <= lunch && lunch < to);
    if (!open) throw new Error("lunch is not open");
    const its = { ...days, open: [{ ...open, accounts: ["n"] }] };
    expect([outside(lunch, its), outside(lunch, its, ["n"])]).toEqual([false, false]);
    expect([outside(lunch, its, ["b"]), outside(lunch, its, ["n", "b"])]).toEqual([true, true]);
    expect(outside(new Date("2026-11-25T13:30"), its, ["n"])).toBe(true);
  });
});

describe("a pasted picture", () => {
  it("goes in chunks of half a mebibyte at most, whole", async () => {
    const chunks: { at: number; bytes: number }[] = [];
    const ask = (async (what: string, about: { at: number; base64: string }) => {
      if (what === "picture_chunk") chunks.push({ at: about.at, bytes: atob(about.base64).length });
      return what === "picture_begin" ? { upload: "u" } : {};
    }) as never;
    await upload(ask, new Blob([new Uint8Array(1_200_000)]));
    expect(chunks).toEqual([
      { at: 0, bytes: 524_288 },
      { at: 524_288, bytes: 524_288 },
      { at: 1_048_576, bytes: 151_424 },
    ]);
    const tooLarge = { size: MOST_BYTES + 1 } as Blob;
    await expect(upload(ask, tooLarge)).rejects.toMatchObject({ code: "picture_too_large" });
  });
});
