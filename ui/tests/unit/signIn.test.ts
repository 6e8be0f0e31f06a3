import { describe, expect, it } from "vitest";
import en from "../../messages/en.json";
import ja from "../../messages/ja.json";
import { endOf } from "../../src/main/accounts/ends";
import {
  fields,
  networks,
  pieces,
  serverOf,
  showsApp,
  steps,
  tellsApp,
  wantsSecret,
  wayAgain,
} from "../../src/main/accounts/signIn";
import type { Network } from "../../src/networks.gen";
import { type Language, loadTexts, speak } from "../../src/words/words";
import { account } from "../fake/world";

const use = async (language: Language) => speak(language, await loadTexts(language));

const ways = networks().flatMap((network) => network.ways.map((way) => ({ network, way })));

describe.each(["en", "ja"] as const)("in %s", (language) => {
  it("every way to sign in is explained step by step, and nothing else is", async () => {
    await use(language);
    const said = ways.flatMap(({ network, way }) => {
      const all = steps(network, way);
      if (way !== "nobody") expect(all.length, `${network.name} ${way}`).toBeGreaterThan(0);
      return all.map((_, n) => `ui.steps.${network.name}.${way}.${n + 1}`);
    });
    const texts = Object.keys(language === "en" ? en : ja).filter((key) => key.startsWith("ui.steps."));
    expect(texts.sort()).toEqual(said.sort());
  });

  it("whoever needs an app of their own is told to make one, and to become its tester, in every way", async () => {
    await use(language);
    const all = (name: string) =>
      ways
        .filter(({ network }) => network.name === name)
        .map(({ network, way }) => steps(network, way).join(" "));
    const [makes, tester] = language === "en" ? [/make an app/i, "tester"] : [/アプリを作/, "テスター"];
    for (const text of [...all("linkedin"), ...all("threads")]) expect(text).toMatch(makes);
    for (const text of all("threads")) expect(text).toContain(tester);
  });

  it("no address of a step is broken at the end of a line", async () => {
    await use(language);
    for (const { network, way } of ways) {
      for (const step of steps(network, way)) {
        const cut = pieces(step);
        expect(cut.map(({ text }) => text).join("")).toBe(step);
        const rest = cut.filter(({ address }) => !address).map(({ text }) => text);
        expect(rest.join("|"), step).not.toMatch(/https?:|127|\.com/);
        for (const port of network.ports.filter((one) => step.includes(`${one}`)))
          expect(cut).toContainEqual({ text: `http://127.0.0.1:${port}/`, address: true });
      }
    }
  });

  it("every field and every secret has its name", async () => {
    const texts: Record<string, string> = language === "en" ? en : ja;
    for (const { network, way } of ways) {
      for (const field of fields(network, way)) expect(texts[`ui.field.${field.name}`]).toBeTruthy();
      if (wantsSecret(way)) expect(texts[`ui.secret.${way}`]).toBeTruthy();
      if (way !== "nobody") expect(texts[`ui.way.${way}`]).toBeTruthy();
    }
  });
});

it("an app of one's own is asked for only where the sign-in goes through it", () => {
  const asked = (name: string, way: Parameters<typeof fields>[1]) => {
    const [network] = networks([name]);
    return network ? fields(network, way).map((field) => `${field.name}${field.required ? "" : "?"}`) : [];
  };
  expect(asked("practice", "nobody")).toEqual(["name?"]);
  expect(asked("bluesky", "app_password")).toEqual(["handle", "server?"]);
  expect(asked("bluesky", "browser")).toEqual(["handle", "server?"]);
  expect(asked("mastodon", "browser")).toEqual(["server"]);
  expect(asked("misskey", "token")).toEqual(["server"]);
  expect(asked("x", "browser")).toEqual(["client_id"]);
  expect(asked("x", "token")).toEqual(["client_id?"]);
  expect(asked("linkedin", "browser")).toEqual(["client_id", "client_secret"]);
  expect(asked("threads", "token")).toEqual([]);
});

const the = (name: string) => networks([name])[0] as Network;

it("an app's name is asked for where posts show it and the sign-in tells it", () => {
  const shows = networks().filter(showsApp);
  expect(shows.map(({ name }) => name)).toEqual(expect.arrayContaining(["mastodon", "misskey"]));
  for (const name of ["practice", "bluesky", "x", "threads", "linkedin"])
    expect(showsApp(the(name)), name).toBe(false);
  const told = the("mastodon").ways.filter((way) => tellsApp(the("mastodon"), way));
  expect(told).toEqual(["browser", "paste"]);
});

it("whoever signs in again begins as before, where that can be told", () => {
  const ends = "2026-12-01T09:00:00.000+09:00";
  expect(wayAgain(the("bluesky"), ends)).toBe("browser");
  expect(wayAgain(the("bluesky"), null)).toBe("app_password");
  expect(wayAgain(the("threads"), ends)).toBe("token");
  expect(wayAgain(the("mastodon"), null)).toBe("browser");
});

it("a session that ends is told two days before, whatever the account's health", () => {
  const now = new Date("2026-11-25T10:42:00+09:00");
  const told = (session_ends_at: string | null, health = "ok") =>
    endOf({ ...account("a", "bluesky", "haruka.dev"), session_ends_at, health }, now);
  expect(told(null)).toBe(null);
  expect(told("2026-11-27T10:42:01.000+09:00")).toBe(null);
  expect(told("2026-11-27T10:42:00.000+09:00")).toBe("soon");
  expect(told("2026-11-25T10:42:01.000+09:00", "unreachable")).toBe("soon");
  expect(told("2026-11-25T10:42:00.000+09:00", "needs_sign_in")).toBe("ended");
});

it("a server is an address", () => {
  expect(serverOf(" example.social ")).toBe("https://example.social");
  expect(serverOf("http://127.0.0.1:9")).toBe("http://127.0.0.1:9");
  expect(serverOf("ｅｘａｍｐｌｅ．ｊｐ")).toBe("https://example.jp");
  expect(serverOf(" ")).toBe(null);
});
