import { expect, it } from "vitest";
import { systemLanguage } from "../../src/bridge/language";

it.each([
  ["ja", "en-US", "ja"],
  ["en", "ja-JP", "en"],
  [undefined, "ja-JP", "ja"],
  [undefined, "de-DE", "en"],
] as const)("the shell says %s and the web view %s: %s", (told, viewed, language) => {
  expect(systemLanguage(told, viewed)).toBe(language);
});
