// Pictures of every screen, in both languages and themes:
// node tests/shots.mjs FOLDER [beginning of a name, =NAME or =BEGINNING*]... [--webkit] [--scale=N]
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { runnerImport } from "vite";

const options = { webkit: { type: "boolean" }, scale: { type: "string", default: "1" } };
const { positionals, values } = parseArgs({ options, allowPositionals: true });
const [folder = "shots", ...only] = positionals;
const load = async (path) => (await runnerImport(fileURLToPath(new URL(path, import.meta.url)))).module;
const { SCREENS } = await load("./screens.ts");

await mkdir(folder, { recursive: true });
const { WebKit } = await load("./webkit.ts");
const { Stage } = await load("./stage.ts");
const stage = values.webkit ? await WebKit.open() : await Stage.open();
const fits = (one) => (name) => (one.endsWith("*") ? name.startsWith(one.slice(0, -1)) : name === one);
const among = (name) =>
  only.some((one) => (one.startsWith("=") ? fits(one.slice(1))(name) : name.startsWith(one)));
// What is as small as an enlarged window is not enlarged once more.
const enlarged = ({ width }) => Number(values.scale) > 1 && width < 400;
const wanted = SCREENS.filter(
  ({ name, dragged, scene }) =>
    (only.length === 0 || among(name)) && !(values.webkit && dragged) && !enlarged(scene),
);
for (const screen of wanted) {
  for (const language of ["ja", "en"]) {
    for (const theme of screen.light ? ["light"] : ["light", "dark"]) {
      const scale = Number(values.scale);
      const scene = { ...screen.scene, language, theme, scale };
      // The composer's window grows with the text, within the screen; the main window stays as it is.
      if (scale > 1 && !scene.main)
        Object.assign(scene, { width: 440 * scale, height: Math.min(520 * scale, 1000) });
      // The Monday of the week that the clock stands in is one in Japan.
      scene.seed = { ...screen.scene.seed, texts: language, holidays: ["2026-11-23"] };
      const page = await stage.page(scene);
      await screen.play(page, language);
      if (!screen.still) await page.clock.runFor(400);
      await page.screenshot({ path: `${folder}/${screen.name}-${language}-${theme}.png` });
      await page.context().close();
    }
  }
  console.log(screen.name);
}
const trouble = new Set(stage.trouble);
for (const line of trouble) console.error(line);
await stage.close();
process.exit(trouble.size > 0 ? 1 : 0);
