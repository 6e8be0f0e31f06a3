import { readdirSync, readFileSync } from "node:fs";
import { beforeEach, describe, expect, it } from "vitest";
import en from "../../messages/en.json";
import ja from "../../messages/ja.json";
import type { Code } from "../../src/api.next";
import { daysText } from "../../src/main/windows/periods";
import { dayRange, moment } from "../../src/time/moment";
import { langOf, postLang } from "../../src/words/lang";
import { findingText, sentence } from "../../src/words/say";
import { filled, type Language, loadTexts, speak, t } from "../../src/words/words";

const use = async (language: Language) => speak(language, await loadTexts(language));
const now = new Date("2026-11-25T10:42");

describe("both catalogues", () => {
  it("have the same keys, in order, and the same names in them", () => {
    expect(Object.keys(ja)).toEqual(Object.keys(en));
    expect(Object.keys(en)).toEqual(Object.keys(en).toSorted());
    const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
    for (const [key, text] of Object.entries(en)) {
      expect(names((ja as Record<string, string>)[key] ?? ""), key).toEqual(names(text));
    }
  });

  it("hold no text of the window that it never says", () => {
    const files = (folder: string): string[] =>
      readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
        entry.isDirectory() ? files(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`],
      );
    const source = files("src")
      .filter((path) => /\.(ts|svelte)$/.test(path))
      .map((path) => readFileSync(path, "utf8"))
      .join();
    const built =
      /^ui\.(persona|visibility|health|hint|barred|outcome|error|first\.day|field|secret|way|steps|journal\.kind)[._]/;
    const unused = Object.keys(en).filter(
      (key) =>
        key.startsWith("ui.") &&
        !built.test(key) &&
        !source.includes(`"${key}"`) &&
        !source.includes(`'${key}'`),
    );
    expect(unused).toEqual([]);
  });

  it("is loaded one at a time, without the command line's words", async () => {
    const texts = await loadTexts("ja");
    expect(texts["ui.undo"]).toBe("元に戻す");
    expect(Object.keys(texts).some((key) => key.startsWith("cli."))).toBe(false);
  });
});

it("kana are Japanese in any page", () => {
  expect(["ひるやすみ", "ランチ", "昼", "Lunch", ""].map(langOf)).toEqual([
    "ja",
    "ja",
    undefined,
    undefined,
    undefined,
  ]);
});

describe.each(["en", "ja"] as const)("in %s", (language) => {
  beforeEach(() => use(language));

  it("every refusal has a sentence and a next step that the window knows", () => {
    const codes = Object.keys(en)
      .filter((key) => key.startsWith("error."))
      .map((key) => key.slice(6) as Code);
    for (const code of codes) {
      const said = sentence({ code }, now);
      expect(said.next, code).toBeTruthy();
      expect(said.next, code).not.toMatch(
        /kossorictl|--|\b(queue|draft|account|window) (show|list|edit|resolve|sign)/,
      );
    }
  });
});

describe("times", () => {
  const time = "2026-11-25T12:07:00.000+09:00";

  it("read as people read them", async () => {
    await use("ja");
    expect(moment(time, now)).toBe("今日 12:07");
    expect(moment("2026-11-26T12:07:00.000+09:00", now)).toBe("あす 12:07");
    expect(moment("2026-12-03T12:07:00.000+09:00", now)).toBe("12月3日（木）12:07");
    expect(dayRange(new Date(2026, 10, 23), new Date(2026, 10, 29))).toBe("11月23日〜29日");
    await use("en");
    expect(moment(time, now)).toBe("today 12:07");
    expect(moment("2027-01-03T00:00:00.000+09:00", now)).toBe("Sun 3 January 2027 00:00");
    expect(dayRange(new Date(2026, 10, 30), new Date(2026, 11, 6))).toBe("30 November – 6 December");
    expect(sentence({ code: "persona_too_near", args: { free: time } }, now).message).toContain(
      "today 12:07",
    );
  });

  it("and days", async () => {
    await use("ja");
    expect(daysText(["mon", "tue", "wed", "thu", "fri"])).toBe("月〜金");
    expect(daysText(["sat", "sun"])).toBe("土・日");
    await use("en");
    expect(daysText(["mon", "wed"])).toBe("Mon and Wed");
  });
});

describe("what is filled in", () => {
  it("is not filled again, and a hole is a dash", () => {
    expect(filled("{a} {b}", { a: "{b}" })).toBe("{b} –");
  });

  it("has its own words for one", async () => {
    const of = (rule: string, args: Record<string, string>) =>
      findingText(
        { rule, severity: "block", message: "", account: null, part: null, from: null, to: null, args },
        now,
      );
    await use("en");
    const long = (over: string) => of("too_long", { over, count: "301", max: "300" });
    expect(long("1")).toBe("It is 1 character too long (301 of 300).");
    expect(long("2")).toBe("It is 2 characters too long (301 of 300).");
    expect(of("too_many_pictures", { max: "1", count: "2" })).toBe("Only 1 picture fits, not 2.");
    for (const key of Object.keys(en).filter((one) => one.endsWith("_one")))
      expect(en[key as keyof typeof en], key).not.toMatch(/\b1 \w+s\b/);
  });

  it("names no id, and no step that the window lacks", async () => {
    await use("en");
    expect(sentence({ code: "unknown_draft", args: { draft: "0193-ab" } }, now).message).not.toContain(
      "0193",
    );
    expect(sentence({ code: "database_damaged" }, now).next).toContain("command line");
    const whole = { way_back: "whole", backup: "kossori-1-daily", at: "2026-11-25T10:30:00.000+09:00" };
    const offered = sentence({ code: "database_damaged", args: whole }, now).next;
    expect(offered).toContain("10:30");
    expect(offered).not.toContain("kossori-1");
    expect(sentence({ code: "database_damaged", args: { way_back: "none" } }, now).next).toContain(
      "no whole",
    );
  });

  it("a post says the language that it is written in, whatever the page's", () => {
    const ja = (text: string) => postLang(text, "ja");
    expect(ja("Finally wrapped up.")).toBe("en");
    expect(ja("Café 昼休み")).toBe("ja");
    expect(postLang("昼やすみ at the café", "en")).toBe("ja");
    // An address, a name or a picture says nothing.
    expect(["", "😀 12:07", "https://example.com/x", "@haruka #lunch"].map(ja)).toEqual([
      "ja",
      "ja",
      "ja",
      "ja",
    ]);
    expect(postLang("", "en")).toBe("en");
    expect(["Привет", "안녕하세요 hello"].map(ja)).toEqual([null, null]);
  });

  it("is marked as Japanese where it is", () => {
    expect(langOf("そのまま")).toBe("ja");
    expect(langOf("カフェ A")).toBe("ja");
    expect(langOf("plain")).toBeUndefined();
  });

  it("names networks and visibilities as people do", async () => {
    await use("ja");
    const finding = {
      rule: "visibility_unknown",
      severity: "block",
      message: "",
      account: null,
      part: null,
      from: null,
      to: null,
    };
    const said = findingText({ ...finding, args: { network: "bluesky", visibility: "private" } }, now);
    expect(said).toContain("Bluesky に「フォロワーのみ」");
    expect(t("ui.saved.at", { time: "10:42" })).toBe("保存しました 10:42");
  });
});
