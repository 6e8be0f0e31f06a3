// An account after it was added: its session ends, it is signed out of and in again, and its app is named.
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { AccountView, Request } from "../../src/api.next";
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

async function withAccount(id: string, change: Partial<AccountView>): Promise<Page> {
  const page = await stage.page({ main: true, seed: { texts: "en" } });
  await page.evaluate(
    ({ id, change }) => {
      const { world } = globalThis.kossoriFake;
      Object.assign(world.accounts.find((one) => one.id === id) ?? {}, change);
      globalThis.kossoriFake.tell({ event: "changed" });
    },
    { id, change },
  );
  await settle(page);
  return page;
}

const accounts = async (page: Page) => {
  await page.keyboard.press(keyOf("accounts"));
  await page.locator(".who-row").first().waitFor();
};
const row = (page: Page, handle: string) =>
  page.locator(".who-row").filter({ has: page.getByText(handle, { exact: true }) });
const asked = (page: Page, what: Request["do"]) =>
  page.evaluate((what) => globalThis.kossoriFake.asked.filter((one) => one.do === what).at(-1) ?? null, what);
const tomorrow = "2026-11-26T09:30:00.000+09:00";

describe("a session that ends", () => {
  it.each(["ok", "unreachable"])(
    "is told above every section, and leads to signing in again: %s",
    async (health) => {
      const page = await withAccount("a-blue", { session_ends_at: tomorrow, health });
      const strip = page.locator(".strip-line");
      expect(await strip.innerText()).toContain(
        "The sign-in of haruka.dev (Bluesky) ends tomorrow 09:30. Sign in again before that",
      );
      await strip.getByRole("button", { name: "Sign in again" }).click();
      const card = page.locator(".aside .card");
      await card.waitFor();
      expect(await card.innerText()).toContain("haruka.dev");
      expect(await card.innerText()).toContain("Sign-in ends tomorrow 09:30");
      expect(await row(page, "haruka.dev").innerText()).toContain("Sign-in ends tomorrow 09:30");
      // It came by browser, for an app password does not end: so it begins there, and explains that way.
      expect(await page.getByLabel("With the browser").isChecked()).toBe(true);
      await card.getByText("Step by step").click();
      expect(await card.locator(".steps").innerText()).toContain("Your browser opens at the server");
      await page.context().close();
    },
  );

  it("that has ended is told as such, for the account it was", async () => {
    const page = await withAccount("a-masto", { session_ends_at: "2026-11-25T10:00:00.000+09:00" });
    expect(await page.locator(".strip-line").innerText()).toContain(
      "The sign-in of haruka (Mastodon) has ended.",
    );
    await page.locator(".strip-line button").click();
    await page.locator(".aside .card").waitFor();
    expect(await page.locator(".aside .card .name").innerText()).toBe("haruka");
    expect(await row(page, "haruka").innerText()).toContain("The sign-in has ended");
    await page.context().close();
  });

  it("that lasts is no news", async () => {
    const page = await withAccount("a-blue", { session_ends_at: "2026-12-05T09:30:00.000+09:00" });
    expect(await page.locator(".strip-line").count()).toBe(0);
    await accounts(page);
    expect(await row(page, "haruka.dev").innerText()).not.toContain("Sign-in");
    expect(await page.locator(".facts").innerText()).toContain("until Sat 5 December");
    await page.context().close();
  });
});

it("is signed out of after a yes, and then needs a sign-in", async () => {
  const page = await withAccount("a-masto", {});
  await accounts(page);
  await row(page, "haruka").locator("button").click();
  // Every button of the card lies within it.
  const inside = await page.locator(".card .foot").evaluate((foot) => {
    const right = foot.closest(".card")?.getBoundingClientRect().right ?? 0;
    return [...foot.querySelectorAll("button")].map((one) => one.getBoundingClientRect().right < right);
  });
  expect(inside).toEqual(inside.map(() => true));
  await page.getByRole("button", { name: "Sign out…" }).click();
  const card = page.locator(".aside .card");
  const text = await card.innerText();
  expect(text).toContain("What is queued for it waits until you sign in again.");
  expect(text).toContain("Where the network can be told, the sign-in ends there too.");
  await page.getByRole("button", { name: "Cancel" }).click();
  expect(await asked(page, "account_sign_out")).toBe(null);
  await page.getByRole("button", { name: "Sign out…" }).click();
  await page.getByRole("button", { name: "Sign out of this account" }).click();
  await settle(page);
  expect(await asked(page, "account_sign_out")).toMatchObject({ id: "a-masto" });
  expect(await row(page, "haruka").innerText()).toContain("Needs a sign-in");
  expect(await card.innerText()).toContain("Signed out. What is queued waits.");
  expect(await page.getByRole("button", { name: "Sign out…" }).count()).toBe(0);
  await page.context().close();
});

describe("the app's name", () => {
  it("is told at the sign-in by browser, and nowhere else", async () => {
    const page = await stage.page({ main: true, seed: { accounts: "none", texts: "en" } });
    await settle(page);
    await page.keyboard.press(keyOf("accounts"));
    await page.getByLabel("Bluesky").check();
    expect(await page.locator(".add details").count()).toBe(0);
    await page.getByLabel("Mastodon").check();
    await page.getByLabel("Server").fill("mastodon.example");
    const name = page.getByLabel("App name shown there");
    expect(await name.isVisible()).toBe(false);
    await page.locator(".add summary").click();
    await name.fill(" Quiet ");
    await page.getByLabel("With a token").check();
    expect(await name.count()).toBe(0);
    await page.getByLabel("With the browser", { exact: true }).check();
    await page.locator(".add .pri").click();
    await settle(page);
    expect(await asked(page, "sign_in_begin")).toMatchObject({ network: "mastodon", client_name: "Quiet" });
    expect(await page.locator(".facts").innerText()).toMatch(/App name shown there\s+Quiet/);
    await page.context().close();
  });

  it("is changed, and taken back, for the next sign-in", async () => {
    const page = await withAccount("a-masto", { client_name: "Quiet" });
    await accounts(page);
    await row(page, "haruka.dev").locator("button").click();
    expect(await page.getByRole("button", { name: "Change the app name" }).count()).toBe(0);
    await row(page, "haruka").locator("button").click();
    const facts = page.locator(".facts");
    expect(await facts.innerText()).toContain("Quiet");
    const change = async (to: string) => {
      await page.getByRole("button", { name: "Change the app name" }).click();
      expect(await page.locator(".card").innerText()).toContain("takes effect with the next sign-in");
      await page.getByLabel("App name shown there").fill(to);
      await page.getByRole("button", { name: "Save" }).click();
      await settle(page);
    };
    await change("Calm");
    expect(await asked(page, "account_edit")).toMatchObject({
      id: "a-masto",
      client_name: "Calm",
      persona: null,
      proxy: null,
    });
    expect(await facts.innerText()).toContain("Calm");
    await change("");
    expect(await asked(page, "account_edit")).toMatchObject({ client_name: "" });
    expect(await facts.innerText()).toContain("Kossori");
    await page.context().close();
  });
});

it("an address in the steps stays whole at the end of a line", async () => {
  const page = await stage.page({ main: true, width: 760, seed: { accounts: "none", texts: "en" } });
  await settle(page);
  await page.keyboard.press(keyOf("accounts"));
  await page.getByLabel("LinkedIn").check();
  const addresses = page.locator(".steps code");
  const lines = await addresses.evaluateAll((all) =>
    all.map((one) => `${one.getClientRects().length} ${getComputedStyle(one).whiteSpace}`),
  );
  expect(lines.length).toBeGreaterThan(3);
  expect(new Set(lines)).toEqual(new Set(["1 nowrap"]));
  await page.context().close();
});
