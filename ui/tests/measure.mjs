// What a key costs and how evenly the queue scrolls, for docs/performance.md: node tests/measure.mjs [KEYS] [RUNS]. Of several
// runs the one in the middle, by p95 and by the frames that came late.
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const [keys = 500, runs = 3] = process.argv.slice(2).map(Number);
const SECONDS = 15;
const load = async (path) => (await runnerImport(fileURLToPath(new URL(path, import.meta.url)))).module;
const { Stage } = await load("./stage.ts");
const { TONGUES, typing } = await load("./typing.ts");
const { scrolling } = await load("./scrolling.ts");
const stage = await Stage.open();
const middle = {};
for (const language of TONGUES) {
  const all = [];
  for (let run = 0; run < runs; run += 1) all.push(await typing(stage, language, keys));
  console.error(language, JSON.stringify(all));
  middle[language] = all.sort((a, b) => a.p95.ran - b.p95.ran)[Math.floor(runs / 2)];
}
const scrolled = [];
for (let run = 0; run < runs; run += 1) scrolled.push(await scrolling(stage, SECONDS));
console.error("scrolled", JSON.stringify(scrolled));
middle.scrolled = scrolled.sort((a, b) => a.late - b.late)[Math.floor(runs / 2)];
await stage.close();
console.log(JSON.stringify({ runs, ...middle }));
