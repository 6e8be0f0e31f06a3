// Pictures of every screen, in both languages and themes: node tests/shots.mjs FOLDER [part of a name]
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const [folder = "shots", only = ""] = process.argv.slice(2);
const load = async (path) => (await runnerImport(fileURLToPath(new URL(path, import.meta.url)))).module;
const { Stage } = await load("./stage.ts");
const { SCREENS } = await load("./screens.ts");

await mkdir(folder, { recursive: true });
const stage = await Stage.open();
for (const screen of SCREENS.filter(({ name }) => name.includes(only))) {
  for (const language of ["ja", "en"]) {
    for (const theme of ["light", "dark"]) {
      const scene = { ...screen.scene, language, theme, scale: 2 };
      scene.seed = { ...screen.scene.seed, texts: language };
      const page = await stage.page(scene);
      await screen.play(page, language);
      if (!screen.still) await page.clock.runFor(400);
      await page.screenshot({ path: `${folder}/${screen.name}-${language}-${theme}.png` });
      await page.context().close();
    }
  }
  console.log(screen.name);
}
for (const line of new Set(stage.trouble)) console.error(line);
await stage.close();
process.exit(stage.trouble.length > 0 ? 1 : 0);
