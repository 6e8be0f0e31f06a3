// The language of a text that does not say it. Without one, desktops on Linux draw Chinese shapes of Japanese letters.

/** Kana are Japanese. Han alone may be Chinese too: they are taken for the language of the page, or of the system. */
export function langOf(text: string): "ja" | undefined {
  if (/[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(text)) return "ja";
  if (!/\p{Script=Han}/u.test(text)) return undefined;
  return systemLanguages().some((one) => one.startsWith("ja")) ? "ja" : undefined;
}

function systemLanguages(): readonly string[] {
  const told = (globalThis as { __KOSSORI__?: { language?: string } }).__KOSSORI__?.language;
  return told ? [told] : (globalThis.navigator?.languages ?? []);
}
