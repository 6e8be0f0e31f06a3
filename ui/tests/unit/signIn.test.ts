import { describe, expect, it } from "vitest";
import en from "../../messages/en.json";
import ja from "../../messages/ja.json";
import { fields, networks, serverOf, steps, wantsSecret } from "../../src/main/accounts/signIn";
import { type Language, loadTexts, speak } from "../../src/words/words";

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

it("a server is an address", () => {
  expect(serverOf(" example.social ")).toBe("https://example.social");
  expect(serverOf("http://127.0.0.1:9")).toBe("http://127.0.0.1:9");
  expect(serverOf("ｅｘａｍｐｌｅ．ｊｐ")).toBe("https://example.jp");
  expect(serverOf(" ")).toBe(null);
});
