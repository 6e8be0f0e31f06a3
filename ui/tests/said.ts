// What a page says, word for word: no key of a text instead of the text, and nothing in the other language.
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";

const catalogue = (language: string): Record<string, string> =>
  JSON.parse(readFileSync(new URL(`../messages/${language}.json`, import.meta.url), "utf8"));
const TEXTS = { ja: catalogue("ja"), en: catalogue("en") };
const KEYS = new Set(Object.keys(TEXTS.en));
/** Texts that stand in one language alone: whole, and long enough to be no name. */
const only = (language: "ja" | "en") => {
  const other = new Set(Object.values(TEXTS[language === "ja" ? "en" : "ja"]));
  return new Set(Object.values(TEXTS[language]).filter((text) => text.length > 3 && !other.has(text)));
};
const FOREIGN = { ja: only("en"), en: only("ja") };

/** Everything that is read or spoken, but what a person has written: that is in a language of its own. */
export async function strays(page: Page, language: "ja" | "en"): Promise<string[]> {
  const said = await page.evaluate(() => {
    const own = ".words, textarea, [lang]:not(html)";
    const found: string[] = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const { parentElement: holder, textContent } = walk.currentNode;
      if (holder && !holder.closest(own) && !holder.closest("script, style")) found.push(textContent ?? "");
    }
    for (const element of document.querySelectorAll("[aria-label], [title], [placeholder], [alt]"))
      for (const name of ["aria-label", "title", "placeholder", "alt"])
        found.push(element.getAttribute(name) ?? "");
    return found.map((text) => text.trim());
  });
  return said.filter((text) => KEYS.has(text) || FOREIGN[language].has(text) || /\{[a-z_]+\}/.test(text));
}
