import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { keyOf, settle } from "../screens";
import { Stage } from "../stage";

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());
afterEach(() => {
  expect(stage.trouble.splice(0)).toEqual([]);
});

async function settings(seed = {}): Promise<Page> {
  const page = await stage.page({ main: true, seed: { texts: "en", ...seed } });
  await settle(page);
  await page.keyboard.press(keyOf("settings"));
  await page.getByRole("button", { name: "Back up now" }).waitFor();
  await settle(page);
  return page;
}

const asked = (page: Page, what: string) =>
  page.evaluate((name) => globalThis.kossoriFake.asked.filter((one) => one.do === name).length, what);
const told = (page: Page, text: string) => page.locator(".told", { hasText: text });

it("a backup is made, said and listed", async () => {
  const page = await settings();
  expect(await page.locator(".settings").innerText()).toContain("There are no backups yet.");
  const go = await page.evaluateHandle(() => globalThis.kossoriFake.stall("backup_make"));
  const make = page.getByRole("button", { name: "Back up now" });
  await make.press("Enter");
  await told(page, "Backing up.").waitFor();
  await make.press("Enter");
  await go.evaluate((end) => end());
  await settle(page);
  await told(page, "Backed up, 1.5 MB.").waitFor();
  expect(await asked(page, "backup_make")).toBe(1);
  expect(await page.locator("[data-id]").count()).toBe(1);
  await page.context().close();
});

it("going back asks first, by keys too, and says what it became", async () => {
  const page = await settings({ backups: 4 });
  expect(await page.locator("[data-id]").count()).toBe(3);
  expect(await page.locator(".tag.warn").innerText()).toContain("damaged");
  const back = page.locator("[data-id]").first();
  await back.press("Enter");
  const sure = page.locator(".sure");
  expect(await sure.innerText()).toContain("Everything becomes as it was: today 07:42.");
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Cancel");
  await page.keyboard.press("Escape");
  await settle(page);
  expect(await sure.count()).toBe(0);
  expect(await back.evaluate((one) => one === document.activeElement)).toBe(true);
  expect(await asked(page, "backup_restore")).toBe(0);
  await back.press("Enter");
  const go = await page.evaluateHandle(() => globalThis.kossoriFake.stall("backup_restore"));
  await sure.getByRole("button", { name: "Go back to the backup" }).click();
  await told(page, "Going back to the backup…").waitFor();
  expect(await sure.innerText()).toContain("cannot be stopped half way");
  await page.keyboard.press("Escape");
  expect(await sure.count()).toBe(1);
  await go.evaluate((end) => end());
  await settle(page);
  await told(page, "All is as it was: today 07:42.").waitFor();
  expect(await page.locator(".strip-line").innerText()).toContain("folder_is_a_copy");
  await page.context().close();
});

it("a restore that is refused leaves the question with its reason", async () => {
  const page = await settings({ backups: 1 });
  await page.evaluate(() => globalThis.kossoriFake.fail("backup_restore", { code: "account_is_sending" }));
  await page.locator("[data-id]").click();
  await page.locator(".sure .danger").click();
  await settle(page);
  expect(await page.locator("[role=alert]").innerText()).toContain("account_is_sending");
  expect(await page.locator(".sure").count()).toBe(1);
  await page.context().close();
});

it("each check has its sentence and next step, and the report no word of anybody's", async () => {
  const page = await settings({ queue: 3, ill: { keyring: "keyring_locked" } });
  await page.getByRole("button", { name: "Check now" }).press("Enter");
  await settle(page);
  await told(page, "1 thing needs a look.").waitFor();
  const rows = await page.locator(".settings li", { hasText: "Keyring" }).innerText();
  expect(rows).toContain("keyring_locked");
  expect(rows).toContain("look at it");
  expect(await page.locator(".settings li", { hasText: "Database" }).innerText()).toContain(
    "The database is in order.",
  );
  const text = await page.getByLabel("A report").inputValue();
  expect(text).toContain("keyring: keyring_locked");
  const words = await page.evaluate(() => {
    const { accounts, queue } = globalThis.kossoriFake.world;
    return [...accounts.map(({ handle }) => handle), ...queue.map((one) => one.text)];
  });
  for (const word of words) expect(text).not.toContain(word);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Copy the report" }).click();
  await told(page, "Copied.").waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(text);
  await page.context().close();
});

it("where the clipboard is kept from the page the report is marked", async () => {
  const page = await settings();
  await page.evaluate(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
  await page.getByRole("button", { name: "Check now" }).click();
  await told(page, "All is well.").waitFor();
  await page.getByRole("button", { name: "Copy the report" }).click();
  await told(page, "The report is marked").waitFor();
  const marked = await page.getByLabel("A report").evaluate((field) => {
    const { selectionStart, selectionEnd, value } = field as HTMLTextAreaElement;
    return value.slice(selectionStart, selectionEnd) === value && value.length > 40;
  });
  expect(marked).toBe(true);
  await page.context().close();
});

it("the spacing says what it means, as it is changed", async () => {
  const page = await settings();
  const means = page.getByText(
    "An account posts every 30 minutes at most, and at most 2 times in one window.",
  );
  await means.waitFor();
  await page.getByLabel("Between two posts of an account, at least").selectOption("45");
  await settle(page);
  await page.getByText("An account posts every 45 minutes at most").waitFor();
  await page.context().close();
});
