// Posts around others, and what was sent: an address pasted into the composer, and taking down in the queue.
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

const HERS = "https://example.social/@her/1";

it("an address that is pasted becomes a repost, and that needs no words", async () => {
  const page = await stage.page({ seed: { texts: "en" } });
  await settle(page);
  await page.getByRole("button", { name: "Reply, quote, repost" }).click();
  const repost = page.getByRole("button", { name: "Repost it" });
  expect(await repost.isDisabled()).toBe(true);
  await page.getByLabel("Address of the post").fill(HERS);
  await repost.click();
  await settle(page);
  expect(await page.locator(".c-rest").innerText()).toContain(`Reposts ${HERS}`);
  await page.keyboard.press("Control+Enter");
  await settle(page);
  const queued = await page.evaluate(() =>
    globalThis.kossoriFake.asked.filter((one) => one.do === "post_add").at(-1),
  );
  expect(queued).toMatchObject({
    content: { repost: HERS, reply_to: null, quote: null, quiet_reply: false },
  });
  await page.context().close();
});

it("what was sent is taken down after a yes", async () => {
  const page = await stage.page({ main: true, seed: { queue: 1, texts: "en" } });
  await settle(page);
  await page.evaluate(() => {
    const { world } = globalThis.kossoriFake;
    const one = world.queue[0];
    if (!one) throw new Error("one waits");
    const differs = { asked: "private", got: "public" };
    Object.assign(one, { state: "sent", sent_at: "2026-11-25T09:00:00.000+09:00", planned: null });
    Object.assign(one, { deletable: true, parts_sent: 1, parts_there: [1], visibility_differs: differs });
  });
  await page.getByRole("button", { name: "Sent lately" }).click();
  const row = page.locator(".sent");
  await row.waitFor();
  await row.getByText("Asked for: Followers only. Visible as: Public.").waitFor();
  const asked = () =>
    page.evaluate(() => globalThis.kossoriFake.asked.filter((one) => one.do === "post_delete").length);
  await page.getByRole("button", { name: "Delete there…" }).click();
  // Enter on what has the focus is no yes.
  await page.keyboard.press("Enter");
  expect(await asked()).toBe(0);
  await page.getByRole("button", { name: "Delete there…" }).click();
  await page.getByRole("button", { name: "Delete it there" }).click();
  await settle(page);
  expect(await asked()).toBe(1);
  expect(await row.innerText()).toContain("Deleted there");
  expect(await page.getByRole("button", { name: "Delete there…" }).count()).toBe(0);
  await page.context().close();
});
