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

it("a break that begins says how much goes out in it, and when", async () => {
  const page = await stage.page({ main: true, seed: { accounts: "practice", queue: 2, texts: "en" } });
  await settle(page);
  await page.getByLabel("Break now").selectOption("15");
  await page.getByRole("button", { name: "End the break" }).waitFor();
  await settle(page);
  const status = page.locator(".side .status");
  expect(await status.innerText()).toMatch(/(2 posts go out, from|1 post goes out, at) 10:\d\d/);
  await page.getByRole("button", { name: "End the break" }).click();
  await page.getByLabel("Break now").waitFor();
  expect(await status.innerText()).not.toMatch(/goe?s? out, /);
  await page.context().close();
});

it("a break in which nothing goes out says so", async () => {
  const page = await stage.page({ main: true, seed: { texts: "en" } });
  await settle(page);
  await page.getByLabel("Break now").selectOption("5");
  await page.getByText("Nothing goes out in it.").waitFor();
  await page.context().close();
});

it("the side bar tells how many drafts there are, and as soon as there is one less", async () => {
  const page = await stage.page({ main: true, seed: { drafts: 3, texts: "en" } });
  await settle(page);
  const drafts = page.getByRole("navigation").getByRole("button", { name: "Drafts" });
  expect((await drafts.innerText()).replace(/\s+/g, " ")).toBe("Drafts 3");
  await page.evaluate(() => {
    globalThis.kossoriFake.world.drafts = [];
    globalThis.kossoriFake.tell({ event: "changed" });
  });
  await settle(page);
  expect(await drafts.innerText()).toBe("Drafts");
  await page.context().close();
});
