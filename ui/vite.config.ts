import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig, type Plugin } from "vite";

/** The command line's and the shell's own words stay out of the page. */
const NOT_HERE = /^(cli|check_name|event|host|shell|status)\./;

/** Not the styles of the other screens: they are for those alone. */
const COMPOSER = /\/node_modules\/|\/ui\/src\/(?!main\/|firstrun\/|styles\/(main|firstrun|windows)\.css)/;

/** `virtual:messages/ja`: one language's texts, without those that the window never says. */
export function messages(): Plugin {
  const name = /^virtual:messages\/(en|ja)$/;
  const path = (language: string) => new URL(`./messages/${language}.json`, import.meta.url).pathname;
  return {
    name: "messages",
    resolveId: (id) => (name.test(id) ? `\0${id}` : undefined),
    load(id) {
      const language = name.exec(id.slice(1))?.[1];
      if (!id.startsWith("\0") || !language) return;
      this.addWatchFile(path(language));
      const all: Record<string, string> = JSON.parse(readFileSync(path(language), "utf8"));
      const kept = Object.entries(all).filter(([key]) => !NOT_HERE.test(key));
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
    // What the composer needs is one file: each one more is fetched from the shell by itself, and somebody waits.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "page", test: COMPOSER }] } } },
  },
  server: { host: "127.0.0.1" },
  preview: { host: "127.0.0.1" },
});
