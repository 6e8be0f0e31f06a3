// Nothing of axe's against the sections with 0, 3 and 1,000 things in them, an error shown, and something open.
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Request } from "../../src/api.next";
import type { Section } from "../../src/main/sections";
import { against } from "../axe";
import { keyOf, settle } from "../screens";
import { Stage } from "../stage";

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());

interface Place {
  section: Section;
  seed: (count: number) => object;
  /** What its list is read with, and is refused for the error. */
  read: Request["do"];
  /** Opens what can be open in it. */
  open: (page: Page) => Promise<void>;
}

const first = (page: Page, selector: string) => page.locator(selector).first().click();
const PLACES: Place[] = [
  {
    section: "windows",
    seed: (count) => ({ own: count, accounts: count === 0 ? "none" : "some" }),
    read: "closed_list",
    open: async (page) => {
      await first(page, ".line .open");
      await first(page, "[data-add=closed]");
    },
  },
  {
    section: "settings",
    // Of backups five are kept.
    seed: (count) => ({ backups: Math.min(count, 5) }),
    read: "backup_list",
    open: async (page) => {
      await page.locator(".settings .head .b").last().click();
      const back = page.locator("[data-id]");
      if ((await back.count()) > 0) await back.first().click();
    },
  },
  {
    section: "accounts",
    seed: (count) => ({ accounts: count === 0 ? "none" : "some", more_accounts: count, proxied: true }),
    read: "account_check",
    open: async (page) => {
      const change = page.locator(".foot .b").nth(3);
      if ((await change.count()) > 0) await change.click();
      else await first(page, "input[name=network]");
    },
  },
  {
    section: "drafts",
    seed: (count) => ({ drafts: count }),
    read: "draft_list",
    open: (page) => page.keyboard.press("?"),
  },
];

const cases = PLACES.flatMap((place) =>
  [0, 3, 1000].flatMap((count) => [
    { place, count, shown: "plain" as const },
    { place, count, shown: "error" as const },
    { place, count, shown: "open" as const },
  ]),
);

describe.each([
  ["ja", "light"],
  ["ja", "dark"],
  ["en", "light"],
  ["en", "dark"],
] as const)("%s, %s", (language, theme) => {
  it.each(cases.map((one) => [one.place.section, one.count, one.shown, one] as const))(
    "%s, %i, %s",
    async (section, count, shown, { place }) => {
      const seed = { texts: language, ...place.seed(count) };
      const page = await stage.page({ main: true, language, theme, seed });
      await settle(page);
      await page.keyboard.press(keyOf(section));
      await page.locator("main h1").waitFor();
      await settle(page);
      if (shown === "error") {
        if (place.read === "account_check") {
          const check = page.locator(".foot .b").nth(1);
          await page.evaluate(() =>
            globalThis.kossoriFake.fail("account_check", { code: "server_unreachable" }),
          );
          if ((await check.count()) > 0) await check.click();
        } else {
          await page.evaluate(
            (what) => globalThis.kossoriFake.fail(what, { code: "disk_full" }, 2),
            place.read,
          );
          await page.evaluate(() => globalThis.kossoriFake.tell({ event: "changed" }));
        }
        await settle(page);
        if (count > 0 || place.read !== "account_check")
          expect(await page.locator("[role=alert]").count(), "the error is there").toBeGreaterThan(0);
      }
      if (shown === "open") await place.open(page);
      await settle(page);
      expect(await against(page)).toEqual([]);
      await page.context().close();
    },
    // Of a thousand lines axe looks at each.
    300_000,
  );
});
