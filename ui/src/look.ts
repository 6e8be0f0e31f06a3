// Language and theme of the page. The last ones are remembered, so that the first frame is right before the host has
// answered; nothing else is kept in the web view but the id of the open draft.
import { type Language, loadTexts, speak } from "./words/words";

export interface Look {
  wanted: "system" | Language;
  theme: "system" | "light" | "dark";
}

const KEPT = "kossori.look";

export const look: Look & Record<"language" | "systemLanguage", Language> = {
  language: "en",
  systemLanguage: "en",
  wanted: "system",
  theme: "system",
};

const dark = matchMedia("(prefers-color-scheme: dark)");

export function remembered(): Partial<Look> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEPT) ?? "{}");
    return typeof kept === "object" && kept !== null ? kept : {};
  } catch {
    return {};
  }
}

/** Which of the two is spoken now. */
export function chosen(): Language {
  return look.wanted === "ja" || look.wanted === "en" ? look.wanted : look.systemLanguage;
}

export function remember(wanted: Partial<Look>): void {
  Object.assign(look, wanted);
}

export function paint(): void {
  const theme = look.theme === "system" ? (dark.matches ? "dark" : "light") : look.theme;
  document.documentElement.dataset.theme = theme;
}

dark.addEventListener("change", paint);

let spoken: Language | null = null;

export async function setLook(wanted: Partial<Look>): Promise<Language> {
  remember(wanted);
  const speaks = chosen();
  if (spoken !== speaks) {
    speak(speaks, await loadTexts(speaks));
    spoken = speaks;
    look.language = speaks;
    document.documentElement.lang = speaks;
  }
  paint();
  localStorage.setItem(KEPT, JSON.stringify({ wanted: look.wanted, theme: look.theme }));
  return speaks;
}
