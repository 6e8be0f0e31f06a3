// A person in a browser: opens addresses one after another, does what the steps say, and tells where that led.
//
//     node visit.mjs CHROMIUM
//
// Each line of the standard input is a visit, {"address", "steps", "picture"}, by somebody who was nowhere before; to each comes
// one line of JSON: the last page's address, its status and its text, or {"failed"}. The browser is started once, which takes
// longer than a visit, and ends with the input.
//
// steps: a list of {"choose": [SELECTOR, VALUE]}, {"fill": [SELECTOR, TEXT]}, {"click": SELECTOR} and, for pages that change
// without another address, {"press": SELECTOR}. Each waits until what it names is there. The address is the bar's, also where
// nobody serves it. picture, such as a/b.png, or null: every page on the way is kept, as a/b-1.png and so on.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(new URL("../../ui/package.json", import.meta.url));
const { chromium } = require("playwright-core");

const [, , executablePath] = process.argv;
const browser = await chromium.launch({
  executablePath,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    // Nothing outside of this machine is looked for, let alone asked.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
  ],
});

async function visit(context, { address, steps, picture }) {
  const page = await context.newPage();
  // The bar shows what was asked for last, and an error page of the browser's is at another address.
  let asked = address;
  page.on("request", (request) => {
    if (request.isNavigationRequest() && request.frame() === page.mainFrame()) asked = request.url();
  });
  let shot = 0;
  const keep = async () => {
    shot += 1;
    if (picture) await page.screenshot({ path: picture.replace(/(\.png)?$/, `-${shot}.png`) });
  };
  let last = await page.goto(address);
  for (const step of steps) {
    if (step.choose) await page.selectOption(...step.choose);
    if (step.fill) await page.fill(...step.fill);
    if (step.press) {
      await page.waitForSelector(step.press);
      await keep();
      await page.click(step.press);
    }
    if (step.click) {
      await page.waitForSelector(step.click);
      await keep();
      // Where nobody answers, that is what the person sees.
      const gone = page.waitForNavigation().catch(() => null);
      await page.click(step.click, { noWaitAfter: true });
      last = (await gone) ?? last;
    }
  }
  await keep();
  // A page may send one on by itself while it is read.
  const read = () => page.evaluate(() => document.body?.innerText ?? "");
  let text = "";
  for (let tries = 0; tries < 5; tries += 1) {
    const said = await read().catch(() => null);
    if (said !== null) {
      text = said;
      break;
    }
    await page.waitForLoadState().catch(() => null);
  }
  const here = page.url();
  const url = here.startsWith("chrome-error:") ? asked : here;
  return { url, status: last?.status() ?? 0, text };
}

try {
  for await (const line of createInterface({ input: process.stdin })) {
    const context = await browser.newContext({ locale: "ja-JP", viewport: { width: 900, height: 600 } });
    const seen = await visit(context, JSON.parse(line)).catch((error) => ({ failed: String(error) }));
    await context.close();
    process.stdout.write(`${JSON.stringify(seen)}\n`);
  }
} finally {
  await browser.close();
}
