import { describe, expect, it } from "vitest";
import type { AccountCheck } from "../../src/api.next";
import { isPost, without } from "../../src/compose/pasted.svelte";
import { altMax, goes } from "../../src/compose/preview";
import { placeAfter, reordered } from "../../src/compose/written";
import { languages } from "../../src/words/languages";
import { account } from "../fake/world";

describe("the order of parts", () => {
  it("is changed where the rules stand, whatever stood around them", () => {
    const text = " one\n--- \ntwo\nlines\n---\n\n---\nthree\n";
    expect(reordered(text, 0, 2)).toBe("two\nlines\n---\nthree\n---\none");
    expect(reordered(text, 2, 0)).toBe("three\n---\none\n---\ntwo\nlines");
  });

  it("takes everything that stands there with it", () => {
    const all = ["a", "b", "c", "d"];
    for (let from = 0; from < 4; from += 1)
      for (let to = 0; to < 4; to += 1) {
        const text = reordered(all.join("\n---\n"), from, to).split("\n---\n");
        const places = all.map((_, at) => text[placeAfter(at, from, to)]);
        expect(places).toEqual(all);
      }
  });
});

describe("the address of a post", () => {
  it("is told from that of a profile or a page, whatever the server", () => {
    for (const url of [
      "https://bsky.app/profile/her.example/post/3k2a",
      "https://x.com/her/status/1234567890",
      "https://mastodon.example/@her/112233",
      "https://misskey.example/notes/9abc",
      "https://akkoma.example/objects/0a1b-2c",
      "https://akkoma.example/notice/AbC",
      "https://example.social/users/her/statuses/1",
      "https://www.threads.net/@her/post/Cxyz",
      "https://pixelfed.example/p/her/123",
      "https://linkedin.example/feed/update/urn:li:activity:1",
    ])
      expect([url, isPost(url)]).toEqual([url, true]);
    for (const url of [
      "https://example.social/@her",
      "https://example.social/@her/",
      "https://example.org/",
      "https://example.org/articles/12",
      "https://status.example.org",
      "example.org/status/1",
      "see https://x.com/her/status/1",
    ])
      expect([url, isPost(url)]).toEqual([url, false]);
  });

  it("is taken out without a hole", () => {
    const url = "https://x.example/@her/1";
    expect(without(url, url)).toBe("");
    expect(without(`Look:\n${url}`, url)).toBe("Look:");
    expect(without(`${url} is right`, url)).toBe("is right");
    expect(without(`I think ${url} is right`, url)).toBe("I think is right");
    expect(without(`Look\n\n${url}\n\nWell`, url)).toBe("Look\n\nWell");
    expect(without("nothing", url)).toBe("nothing");
  });
});

describe("what goes out", () => {
  const [blue, two, masto] = [
    account("b", "bluesky", "b"),
    account("c", "bluesky", "c"),
    account("m", "mastodon", "m"),
  ];
  const check = (text: string, alt_max = 0): AccountCheck => {
    const piece = { text, length: 1, pictures: 0, bells: "unknown", cost_usd: null };
    return { length: 1, limit: 300, bells: "unknown", cost_usd: null, parts: 1, alt_max, pieces: [piece] };
  };

  it("stands together where accounts of one network get the same", () => {
    const names = (checks: Record<string, AccountCheck>, chosen = ["b", "c", "m"]) =>
      goes([blue, two, masto], chosen, checks).map(({ accounts }) => accounts.map(({ id }) => id).join(""));
    expect(names({ b: check("x"), c: check("x"), m: check("x") })).toEqual(["bc", "m"]);
    expect(names({ b: check("x"), c: check("y"), m: check("x") }, ["b", "c"])).toEqual(["b", "c"]);
    expect(names({ b: check("x") })).toEqual(["b"]);
    // A host of an older build.
    expect(names({ b: { ...check("x"), pieces: undefined } as never })).toEqual([]);
  });

  it("describes pictures as long as all the chosen ones allow", () => {
    const checks = { b: check("x", 2000), m: check("x", 1500), c: check("x", 0) };
    expect(altMax(["b", "m", "c"], checks)).toBe(1500);
    expect([altMax(["c"], checks), altMax([], checks), altMax(["gone"], checks)]).toEqual([null, null, null]);
  });
});

it("languages have names of their own, those of the page first", () => {
  const all = languages(["ja", "en"]);
  expect(all.slice(0, 2)).toEqual([
    { code: "ja", name: "日本語" },
    { code: "en", name: "English" },
  ]);
  expect(new Set(all.map(({ code }) => code)).size).toBe(all.length);
  expect(all.find(({ code }) => code === "de")?.name).toBe("Deutsch");
});
