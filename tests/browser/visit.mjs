// A person in a browser: opens an address, does what the steps say, and tells where that led.
//
//     node visit.mjs CHROMIUM ADDRESS STEPS [PICTURE]
//
// STEPS: a JSON list of {"choose": [SELECTOR, VALUE]}, {"fill": [SELECTOR, TEXT]} and {"click": SELECTOR}. Prints one line of
// JSON: the last page's address, its status and its text.
import { createRequire } from "node:module";

const require = createRequire(new URL("../../ui/package.json", import.meta.url));
const { chromium } = require("playwright-core");

const [, , executablePath, address, steps, picture] = process.argv;
const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
});
try {
  const page = await browser.newPage({ locale: "ja-JP", viewport: { width: 900, height: 600 } });
  let last = await page.goto(address);
  for (const step of JSON.parse(steps)) {
    if (step.choose) await page.selectOption(...step.choose);
    if (step.fill) await page.fill(...step.fill);
    if (step.click) {
      const [answer] = await Promise.all([page.waitForNavigation(), page.click(step.click)]);
      last = answer ?? last;
    }
  }
  if (picture) await page.screenshot({ path: picture });
  const text = await page.evaluate(() => document.body.innerText);
  process.stdout.write(`${JSON.stringify({ url: page.url(), status: last?.status() ?? 0, text })}\n`);
} finally {
  await browser.close();
}
