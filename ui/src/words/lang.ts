// The language of a text that does not say it. Without one, desktops on Linux draw Chinese shapes of Japanese letters.

/** Kana are Japanese. Han alone may be Chinese too: they are taken for the language of the page, or of the system. */
export function langOf(text: string): "ja" | undefined {
  if (/[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(text)) return "ja";
  if (!/\p{Script=Han}/u.test(text)) return undefined;
  return systemLanguages().some((one) => one.startsWith("ja")) ? "ja" : undefined;
}

/** What names others or leads elsewhere says nothing of the language around it. */
const NAMES = /https?:\/\/[\x21-\x7e]+|[@#][\x21-\x7e]+/g;

/** The language of a post that nobody has chosen one for; null: not to be told. One without a letter is the page's. */
export function postLang(text: string, page: string): string | null {
  const words = text.replace(NAMES, " ");
  if (!/\p{L}/u.test(words)) return page;
  return langOf(words) ?? (onlyLatin(words) ? "en" : null);
}

const onlyLatin = (text: string) => !/(?!\p{Script=Latin}|\p{Lm})\p{L}/u.test(text);

function systemLanguages(): readonly string[] {
  const told = (globalThis as { __KOSSORI__?: { language?: string } }).__KOSSORI__?.language;
  return told ? [told] : (globalThis.navigator?.languages ?? []);
}
