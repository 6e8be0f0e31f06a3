// The words of the page: one catalogue, of the language in use, loaded alone.
import type catalogue from "../../messages/en.json";

export type Language = "ja" | "en";
export type Key = Extract<keyof typeof catalogue, string>;
export type Args = Readonly<Record<string, string | number>>;
export type Texts = Readonly<Record<string, string>>;

let texts: Texts = {};
let spoken: Language = "en";

export async function loadTexts(language: Language): Promise<Texts> {
  const module =
    language === "ja" ? await import("virtual:messages/ja") : await import("virtual:messages/en");
  return module.default;
}

export function speak(language: Language, catalogue: Texts): void {
  spoken = language;
  texts = catalogue;
}

export function language(): Language {
  return spoken;
}

/** Text with its `{names}` filled in, once: what comes in is not looked through for names again. */
export function filled(text: string, args: Args): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(args[name] ?? "–"));
}

export function t(key: Key, args: Args = {}): string {
  return filled(texts[key] ?? key, args);
}

/** Between a name and what is said of it: full width in Japanese. */
export function colon(): string {
  return spoken === "ja" ? "：" : ": ";
}

/** Between two things that are said of one. */
export function comma(): string {
  return spoken === "ja" ? "、" : ", ";
}

/** Between two sentences: nothing in Japanese, whose full stop has its own room. */
export function gap(): string {
  return spoken === "ja" ? "" : " ";
}

/** For keys that are put together from what a host answers. */
export function find(key: string, args: Args = {}): string | null {
  const text = texts[key];
  return text === undefined ? null : filled(text, args);
}
