// Every screen worth a picture, and how to get there.
import type { Page } from "playwright-core";
import { TEXTS } from "./fake/seeds";
import type { Scene } from "./stage";

export interface Screen {
  name: string;
  scene: Scene;
  play: (page: Page, language: "ja" | "en") => Promise<void>;
}

export const area = (page: Page) => page.locator(".c-text textarea");

export async function write(page: Page, text: string): Promise<void> {
  await area(page).fill(text);
  await page.clock.runFor(1500);
  await page.waitForTimeout(60);
  await page.clock.runFor(500);
}

const text = (language: "ja" | "en", n: number) => TEXTS[language][n] ?? "";
const settle = async (page: Page) => {
  await page.clock.runFor(600);
  await page.waitForTimeout(80);
  await page.clock.runFor(600);
};
const chip = (page: Page, persona: string) => page.locator(`.chip[data-p=${persona}]`).first();

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
  { name: "composer-locked", scene: { seed: { locked: true } }, play: settle },
  { name: "composer-no-account", scene: { seed: { accounts: "none" } }, play: settle },
];
