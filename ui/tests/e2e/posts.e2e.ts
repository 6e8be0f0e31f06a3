// Deliveries of one post: one text in the queue, and a row for each account.
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { settle } from "../screens";
import { Stage } from "../stage";

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());
afterEach(() => {
  expect(stage.trouble.splice(0)).toEqual([]);
});

/** The first and the last of four are of one post. */
async function grouped() {
  const page = await stage.page({ main: true, seed: { queue: 4, texts: "en" } });
  await page.evaluate(() => {
    const { queue } = globalThis.kossoriFake.world;
    const [one, , , other] = queue;
    if (one && other)
      Object.assign(other, { post: one.post, text: one.text, content: structuredClone(one.content) });
    globalThis.kossoriFake.tell({ event: "changed" });
  });
  await settle(page);
  return page;
}

it("they stand under their text, each with its account and its own state", async () => {
  const page = await grouped();
  const post = page.locator(".post");
  expect(await post.count()).toBe(1);
  expect(await post.locator(".tx").count()).toBe(1);
  const rows = await post.locator(".it").allInnerTexts();
  expect(rows.map((row) => row.replace(/\s+/g, " "))).toEqual([
    expect.stringMatching(/^\d\d:\d\d M haruka /),
    expect.stringMatching(/^\d\d:\d\d B haruka\.dev /),
  ]);
  expect(await page.locator(".list .it").count()).toBe(4);
  const described = await post.locator(".it .open").first().getAttribute("aria-describedby");
  expect(await page.locator(`#${described}`).innerText()).toContain("Finally wrapped up.");
  await page.context().close();
});

it("one of them is taken back and put back among them", async () => {
  const page = await grouped();
  await page.locator(".post .it .open").last().focus();
  await page.keyboard.press("Delete");
  await settle(page);
  expect(await page.locator(".post").count()).toBe(0);
  expect(await page.locator(".list .it").count()).toBe(3);
  await page.keyboard.press("Control+z");
  await settle(page);
  expect(await page.locator(".post .it").count()).toBe(2);
  await page.context().close();
});

it("the keys go from row to row, over the text", async () => {
  const page = await grouped();
  const rows = await page
    .locator(".list .it")
    .evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset.id));
  const seen: (string | undefined)[] = [];
  await page.locator(".list .it .open").first().focus();
  for (const _ of rows) {
    seen.push(
      await page.evaluate(() => document.activeElement?.closest<HTMLElement>(".it")?.dataset.id ?? undefined),
    );
    await page.keyboard.press("j");
  }
  expect(seen).toEqual(rows);
  await page.context().close();
});

it("one that says something else stands for itself", async () => {
  const page = await grouped();
  await page.evaluate(() => {
    const other = globalThis.kossoriFake.world.queue[3];
    if (other) other.text = "Shorter, for this network";
    globalThis.kossoriFake.tell({ event: "changed" });
  });
  await settle(page);
  expect(await page.locator(".post").count()).toBe(0);
  await page.context().close();
});
