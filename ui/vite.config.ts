import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig, type Plugin } from "vite";

/** The command line's and the shell's own words stay out of the page. */
const NOT_HERE = /^(cli|check_name|event|host|shell|status)\./;

/** What runs before the first frame. */
const FIRST =
  /\/node_modules\/@tauri-apps\/|\/ui\/src\/(first\/(first|field)|look|bridge\/(tauri|language)|words\/words|parts\/keys)\.ts|virtual:messages\/first|\/styles\/(tokens|base|parts|composer|first)\.css/;
/** Not the styles of the other screens: they are for those alone. */
const COMPOSER = /\/node_modules\/|\/ui\/src\/(?!main\/|firstrun\/|styles\/(main|firstrun|windows)\.css)/;
/** What the first field says. */
const FIRST_WORDS = { hint: "ui.compose.hint", text: "ui.compose.text" };

/**
 * `virtual:messages/ja`: one language's texts, without those that the window never says. `virtual:messages/first`: those of
 * the first field, in both.
 */
export function messages(): Plugin {
  const name = /^virtual:messages\/(en|ja|first)$/;
  const path = (language: string) => new URL(`./messages/${language}.json`, import.meta.url).pathname;
  const texts = (language: string): Record<string, string> =>
    JSON.parse(readFileSync(path(language), "utf8"));
  const first = (language: string) => {
    const all = texts(language);
    return Object.fromEntries(Object.entries(FIRST_WORDS).map(([name, key]) => [name, all[key]]));
  };
  return {
    name: "messages",
    resolveId: (id) => (name.test(id) ? `\0${id}` : undefined),
    load(id) {
      const language = name.exec(id.slice(1))?.[1];
      if (!id.startsWith("\0") || !language) return;
      if (language === "first") {
        for (const one of ["en", "ja"]) this.addWatchFile(path(one));
        return `export default ${JSON.stringify({ en: first("en"), ja: first("ja") })}`;
      }
      this.addWatchFile(path(language));
      const kept = Object.entries(texts(language)).filter(([key]) => !NOT_HERE.test(key));
      return `export default ${JSON.stringify(Object.fromEntries(kept))}`;
    },
  };
}

/** `vite dev` has no shell: the tests' practice world answers instead. It is never part of a build. */
function practiceWorld(): Plugin {
  return {
    name: "practice-world",
    apply: "serve",
    transformIndexHtml: () => [
      { tag: "script", attrs: { type: "module", src: "/tests/fake/dev.ts" }, injectTo: "head-prepend" },
    ],
  };
}

/** All of the page, both languages and every rare screen with it, gzipped. */
const AT_MOST = 200_000;

/** A page that has become larger than that is not built. */
function budget(): Plugin {
  return {
    name: "budget",
    apply: "build",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        const sizes = Object.values(bundle).map(
          (file) => gzipSync(file.type === "chunk" ? file.code : file.source, { level: 9 }).length,
        );
        const all = sizes.reduce((sum, size) => sum + size, 0);
        const said = `the page has ${Math.round(all / 1000)} kB of ${AT_MOST / 1000} (gzip)`;
        if (all > AT_MOST) this.error(said);
        this.info(said);
      },
    },
  };
}

export default defineConfig({
  base: "./",
  plugins: [svelte(), messages(), practiceWorld(), budget()],
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    cssCodeSplit: true,
    // What the composer needs is one file behind the first: each one more is fetched from the shell by itself.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: "first", test: FIRST, priority: 2 },
            { name: "page", test: COMPOSER, priority: 1 },
          ],
        },
      },
    },
  },
  server: { host: "127.0.0.1" },
  preview: { host: "127.0.0.1" },
});
