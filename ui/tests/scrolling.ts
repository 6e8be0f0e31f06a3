// How evenly a queue of 1,000 rows scrolls: the time between two frames of the page, over all of the list and back.
import type { Stage } from "./stage";

export interface Frames {
  frames: number;
  /** Those that came more than half a frame late. */
  late: number;
  median: number;
  p95: number;
  most: number;
  /** How far it went, in pixels. */
  far: number;
}

const FRAME_MS = 1000 / 60;
const ROWS = 1000;
/** As a wheel does it, a notch each frame or two. */
const NOTCH = 120;
const EACH_MS = 20;

export async function scrolling(stage: Stage, seconds: number): Promise<Frames> {
  const page = await stage.page({
    main: true,
    realTime: true,
    seed: { queue: ROWS, texts: "ja" },
    language: "ja",
  });
  await page.waitForFunction((rows) => document.querySelectorAll(".it").length >= rows, ROWS);
  await page.locator(".it").first().hover();
  await page.evaluate(() => {
    const times: number[] = [];
    Object.assign(globalThis, { frameTimes: times });
    const frame = (now: number) => {
      times.push(now);
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  const list = () =>
    page.evaluate(() => {
      let one = document.querySelector(".it")?.parentElement ?? null;
      while (one && one.scrollHeight <= one.clientHeight + 1) one = one.parentElement;
      return one?.scrollTop ?? 0;
    });
  const until = Date.now() + seconds * 1000;
  let far = 0;
  let by = NOTCH;
  while (Date.now() < until) {
    for (let n = 0; n < 40 && Date.now() < until; n += 1) {
      await page.mouse.wheel(0, by);
      await page.waitForTimeout(EACH_MS);
    }
    const at = await list();
    if (by > 0 && at <= far) by = -NOTCH;
    else if (by < 0 && at === 0) by = NOTCH;
    far = Math.max(far, at);
  }
  const times = await page.evaluate(() => (globalThis as unknown as { frameTimes: number[] }).frameTimes);
  await page.context().close();
  const gaps = times.slice(1).map((time, n) => time - (times[n] ?? time));
  const sorted = [...gaps].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return {
    frames: gaps.length,
    late: gaps.filter((gap) => gap > FRAME_MS * 1.5).length,
    median: at(0.5),
    p95: at(0.95),
    most: at(1),
    far,
  };
}
