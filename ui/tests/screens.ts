// Every screen worth a picture, and how to get there.
import type { Page } from "playwright-core";
import { SECTIONS, type Section } from "../src/main/sections";
import { NETWORKS } from "../src/networks.gen";
import { TEXTS } from "./fake/seeds";
import type { Scene } from "./stage";

export interface Screen {
  name: string;
  scene: Scene;
  /** One theme is enough: it differs from others in its words alone. */
  light?: boolean;
  /** Nothing may move on after the last step. */
  still?: boolean;
  /** A pointer is held in it, which no script of a page can. */
  dragged?: boolean;
  play: (page: Page, language: "ja" | "en") => Promise<void>;
}

export const area = (page: Page) => page.locator(".c-text textarea");

export async function write(page: Page, text: string): Promise<void> {
  await area(page).fill(text);
  await page.clock.runFor(1500);
  await page.waitForTimeout(60);
  await page.clock.runFor(500);
}

/** As a desktop pastes: the page is told first, and the text comes. */
export async function paste(page: Page, text: string): Promise<void> {
  await area(page).evaluate((field, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    field.focus();
    field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, text);
  await page.keyboard.insertText(text);
  await settle(page);
}

const text = (language: "ja" | "en", n: number) => TEXTS[language][n] ?? "";
/** What was asked is answered and shown; what a test keeps from being answered is not waited for. */
export const settle = async (page: Page) => {
  await page.clock.runFor(600);
  await page.waitForTimeout(80);
  await answered(page);
  await page.clock.runFor(600);
  await answered(page);
};
/** Twice in a row nothing is open: an answer may lead to a question. */
async function answered(page: Page): Promise<void> {
  let still = 0;
  for (let n = 0; n < 20 && still < 2; n += 1) {
    const open = await page.evaluate(() => globalThis.kossoriFake?.open ?? 0);
    still = open === 0 ? still + 1 : 0;
    if (still < 2) await page.waitForTimeout(20);
  }
}
/** The key of a section: its number may become another one. */
export const keyOf = (name: Section) =>
  `Control+${SECTIONS.findIndex((section) => section.name === name) + 1}`;
const chip = (page: Page, persona: string) => page.locator(`.chip[data-p=${persona}]`).first();

/** What a newcomer reads first on each network: every way there is. */
const SIGN_INS = NETWORKS.filter((network) => network.name !== "practice").flatMap((network) =>
  network.ways.map((way) => [network.name, way] as const),
);

export const SCREENS: Screen[] = [
  { name: "composer-empty", scene: {}, play: settle },
  {
    name: "composer",
    scene: {},
    async play(page, language) {
      await settle(page);
      await page.getByRole("button", { name: language === "ja" ? "画像を足す" : "Add a picture" }).click();
      await settle(page);
      await write(page, text(language, 0));
    },
  },
  {
    name: "composer-long",
    scene: {},
    async play(page, language) {
      await settle(page);
      await write(page, text(language, 0).repeat(language === "ja" ? 6 : 3));
    },
  },
  {
    name: "composer-finding",
    scene: {},
    async play(page, language) {
      await settle(page);
      const words = text(language, 0);
      await write(page, `${words.slice(0, 12)}\u200b${words.slice(12)}`);
    },
  },
  {
    name: "composer-thread",
    scene: {},
    async play(page, language) {
      await settle(page);
      await write(page, [0, 3, 4].map((n) => text(language, n)).join("\n---\n"));
    },
  },
  {
    name: "composer-own",
    scene: {},
    async play(page, language) {
      await settle(page);
      await write(page, text(language, 0));
      await page.locator(".c-tools .ib[aria-expanded]").nth(1).click();
      await page.locator(".c-own .lk").first().click();
      await write(page, text(language, 3));
    },
  },
  {
    name: "composer-preview",
    scene: {},
    async play(page, language) {
      await settle(page);
      await write(page, [0, 3, 4].map((n) => text(language, n)).join("\n---\n"));
      await page.locator(".c-tools .ib[aria-haspopup=dialog]").first().click();
      await settle(page);
    },
  },
  {
    name: "composer-pasted",
    scene: {},
    async play(page, language) {
      await settle(page);
      await write(page, `${text(language, 3)}\n`);
      await paste(page, "https://example.social/@her/112233");
    },
  },
  {
    name: "composer-options",
    scene: {},
    async play(page, language) {
      await settle(page);
      await write(page, text(language, 3));
      await page.locator(".c-tools .ib[aria-expanded]").nth(2).click();
      await page.locator(".options input[type=checkbox]").nth(0).check();
      await page.locator(".options input[type=checkbox]").nth(1).check();
      await settle(page);
    },
  },
  {
    name: "composer-keys",
    scene: {},
    async play(page) {
      await settle(page);
      await page.keyboard.press("Control+/");
      await settle(page);
    },
  },
  {
    name: "composer-menu",
    scene: {},
    async play(page, language) {
      await settle(page);
      await write(page, text(language, 0));
      await page.locator(".other").click();
    },
  },
  {
    name: "composer-time",
    scene: {},
    async play(page, language) {
      await settle(page);
      await write(page, text(language, 3));
      await page.keyboard.press("Control+t");
      await page.locator(".c-time input").first().fill("15:30");
    },
  },
  {
    name: "composer-queued",
    scene: { seed: { preferences: { awake_told: false } } },
    async play(page, language) {
      await settle(page);
      await write(page, text(language, 0));
      await page.keyboard.press("Control+Enter");
      await settle(page);
    },
  },
  {
    name: "composer-official",
    scene: {},
    async play(page, language) {
      await settle(page);
      await chip(page, "official").click();
      await write(page, text(language, 1));
    },
  },
  {
    name: "composer-official-hold",
    scene: {},
    still: true,
    async play(page, language) {
      await settle(page);
      await chip(page, "official").click();
      await write(page, text(language, 1));
      await page.locator(".holdb").hover();
      await page.mouse.down();
      await page.clock.runFor(560);
    },
  },
  {
    name: "composer-anonymous",
    scene: {},
    async play(page, language) {
      await settle(page);
      await chip(page, "anonymous").click();
      await write(page, text(language, 2));
    },
  },
  {
    name: "composer-away",
    scene: {},
    async play(page, language) {
      await settle(page);
      await write(page, text(language, 2));
      await page.evaluate(() => globalThis.kossoriFake.die());
      await area(page).press("End");
      await page.keyboard.type(".");
      await settle(page);
    },
  },
  {
    name: "composer-newer",
    scene: {},
    async play(page, language) {
      await settle(page);
      await write(page, text(language, 2));
      await page.evaluate(() => globalThis.kossoriFake.die("gone", { code: "folder_newer" }));
      await settle(page);
    },
  },
  { name: "composer-locked", scene: { seed: { locked: true } }, play: settle },
  { name: "composer-no-account", scene: { seed: { accounts: "none" } }, play: settle },
  {
    name: "queue",
    scene: { main: true, seed: { queue: 7, unknown: true, held: true } },
    async play(page) {
      await settle(page);
      await page.locator(".it .open").nth(1).click();
      await settle(page);
    },
  },
  {
    name: "queue-waits",
    scene: { main: true, seed: { queue: 4, away: true } },
    async play(page) {
      await settle(page);
      await page.locator(".it .open").nth(2).click();
      await settle(page);
    },
  },
  { name: "queue-empty", scene: { main: true }, play: settle },
  { name: "queue-thousand", scene: { main: true, seed: { queue: 1000 } }, play: settle },
  {
    name: "queue-veil",
    scene: { main: true, seed: { queue: 5, rejected: true, preferences: { veil: true } } },
    play: settle,
  },
  {
    name: "queue-narrow",
    scene: { main: true, width: 760, height: 520, seed: { queue: 5, unknown: true } },
    play: settle,
  },
  // The least window, with text of twice the size.
  {
    name: "queue-small",
    scene: { main: true, width: 380, height: 260, seed: { queue: 5, unknown: true, drafts: 3 } },
    play: settle,
  },
  {
    name: "queue-when",
    scene: { main: true, seed: { queue: 3, reason: "clock_unsure" } },
    async play(page, language) {
      await settle(page);
      await page.locator(".it .open").nth(1).click();
      const name = language === "ja" ? "時刻を変える" : "Another time";
      await page.getByRole("button", { name }).click();
      await settle(page);
    },
  },
  {
    name: "queue-drag",
    scene: { main: true, seed: { queue: 7 } },
    still: true,
    dragged: true,
    async play(page) {
      await settle(page);
      await dragPill(page, 3, 20.05);
    },
  },
  {
    name: "queue-drag-refused",
    scene: { main: true, seed: { queue: 7 } },
    still: true,
    dragged: true,
    async play(page) {
      await settle(page);
      await dragPill(page, 4, 15);
      await page.mouse.up();
      await settle(page);
    },
  },
  {
    name: "queue-undo",
    scene: { main: true, seed: { queue: 5 } },
    async play(page) {
      await settle(page);
      await page.locator(".it .open").first().click();
      await page.locator(".it .danger").click();
      await settle(page);
    },
  },
  { name: "drafts", scene: { main: true, seed: { drafts: 5 } }, play: section("drafts") },
  { name: "drafts-empty", scene: { main: true }, play: section("drafts") },
  {
    name: "drafts-no-hits",
    scene: { main: true, seed: { drafts: 3 } },
    async play(page) {
      await section("drafts")(page);
      await page.locator("input[type=search]").fill("zzz");
      await settle(page);
    },
  },
  { name: "journal", scene: { main: true, seed: { journal: 9, unknown: true } }, play: section("journal") },
  { name: "journal-empty", scene: { main: true }, play: section("journal") },
  {
    name: "journal-open",
    scene: { main: true, seed: { journal: 9 } },
    async play(page) {
      await section("journal")(page);
      await page.locator(".it .open").nth(4).click();
      await settle(page);
    },
  },
  { name: "accounts", scene: { main: true, seed: { signIn: true } }, play: section("accounts") },
  {
    name: "accounts-spacing",
    scene: { main: true, height: 900 },
    async play(page, language) {
      await section("accounts")(page);
      await page
        .getByRole("button", { name: language === "ja" ? "間隔を変える" : "Change the spacing" })
        .click();
      await settle(page);
    },
  },
  {
    name: "accounts-proxy",
    scene: { main: true, seed: { proxied: true } },
    async play(page, language) {
      await section("accounts")(page);
      await page
        .getByRole("button", { name: language === "ja" ? "プロキシを変える" : "Change the proxy" })
        .click();
      await page
        .getByRole("button", { name: language === "ja" ? "プロキシを外す…" : "Remove the proxy…" })
        .click();
      await settle(page);
    },
  },
  {
    name: "accounts-add",
    scene: { main: true },
    async play(page, language) {
      await section("accounts")(page);
      await page.locator(".bar .b").click();
      await page.locator("input[name=network][value=bluesky]").check();
      await page.locator(".add input.f").first().fill("haruka.dev");
      await page.locator(".add input.f").nth(1).fill("wrong");
      await page.locator(".add .b.pri").click();
      await settle(page);
      void language;
    },
  },
  ...SIGN_INS.map(
    ([network, way]): Screen => ({
      name: `sign-in-${network}-${way.replace("_", "-")}`,
      scene: { main: true },
      light: true,
      async play(page) {
        await section("accounts")(page);
        await page.locator(".bar .b").click();
        await page.locator(`input[name=network][value=${network}]`).click();
        await page.locator(`input[name=way][value=${way}]`).click();
        await settle(page);
      },
    }),
  ),
  { name: "settings", scene: { main: true, seed: { backups: 5 } }, play: section("settings") },
  {
    name: "settings-care",
    scene: { main: true, height: 1100, seed: { backups: 5, ill: { keyring: "keyring_locked" } } },
    async play(page, language) {
      await section("settings")(page);
      await page.getByRole("button", { name: language === "ja" ? "調べる" : "Check now" }).click();
      await page.locator("[data-id]").first().click();
      await settle(page);
      await page.locator(".settings").evaluate((all) => all.scrollTo(0, 9999));
    },
  },
  { name: "windows", scene: { main: true, seed: { queue: 5 } }, play: section("windows") },
  {
    name: "windows-window",
    scene: { main: true, seed: { queue: 5 } },
    async play(page) {
      await section("windows")(page);
      await page.locator(".line .open").first().click();
      await settle(page);
    },
  },
  {
    name: "windows-edit",
    scene: { main: true, seed: { queue: 5 } },
    async play(page) {
      await section("windows")(page);
      await page.locator(".piece[role=slider].window").first().focus();
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Shift+ArrowDown");
      await settle(page);
    },
  },
  {
    name: "windows-own",
    scene: { main: true, height: 1200, seed: { queue: 5, own: 3 } },
    async play(page) {
      await section("windows")(page);
      await page.locator(".windows .list").evaluate((list) => list.scrollTo(0, 9999));
    },
  },
  {
    name: "windows-narrow",
    scene: { main: true, width: 760, height: 520 },
    play: section("windows"),
  },
  {
    name: "keys",
    scene: { main: true },
    async play(page) {
      await settle(page);
      await page.keyboard.press("?");
      await settle(page);
    },
  },
  ...[1, 2, 3, 4].map(
    (step): Screen => ({
      name: `firstrun-${step}`,
      scene: {
        main: true,
        width: 720,
        height: 560,
        seed: { accounts: "none", preferences: { first_run_done: false } },
      },
      async play(page) {
        await settle(page);
        for (let n = 1; n < step; n += 1) {
          await page.locator(".foot .pri").click();
          await settle(page);
        }
        if (step < 4) return;
        await page.locator(".halves .b").click();
        await settle(page);
        await page.clock.runFor(4000);
        await settle(page);
      },
    }),
  ),
];

/** The first one of the week, to that day and hour of a picture from 8 to 23. */
async function dragPill(page: Page, day: number, hour: number): Promise<void> {
  const [pill, cols] = [
    await page.locator("button.dv").first().boundingBox(),
    await page.locator(".wk .cols").boundingBox(),
  ];
  if (!pill || !cols) return;
  await page.mouse.move(pill.x + 10, pill.y + 10);
  await page.mouse.down();
  const x = cols.x + ((day + 0.5) / 7) * cols.width;
  await page.mouse.move(x, cols.y + ((hour - 8) / 15) * cols.height, { steps: 4 });
}

function section(name: Section) {
  return async (page: Page) => {
    await settle(page);
    await page.keyboard.press(keyOf(name));
    await page.waitForTimeout(120);
    await settle(page);
  };
}
