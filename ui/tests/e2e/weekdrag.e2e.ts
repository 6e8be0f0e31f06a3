// Deliveries moved in the week's picture, by the pointer and by keys: into what is open, and nowhere else.
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { settle } from "../screens";
import type { Scene } from "../stage";
import { Stage } from "../stage";

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());
afterEach(() => {
  expect(stage.trouble.splice(0)).toEqual([]);
});

/** Of the Wednesday on which the tests begin, at 10:42. */
async function week(scene: Scene = {}): Promise<Page> {
  const seed = { texts: scene.language ?? "en", queue: 3, accounts: "practice", ...scene.seed } as const;
  const page = await stage.page({ main: true, ...scene, seed });
  await settle(page);
  return page;
}

const pill = (page: Page, at = 0) => page.locator("button.dv").nth(at);
const says = (page: Page) => page.locator(".aim-says");
const undo = (page: Page) => page.locator(".undo");

/** All that a person may have asked for, and what came of it. */
const all = (page: Page) =>
  page.evaluate(() =>
    globalThis.kossoriFake.world.queue.map(({ when, override_window, expires_at, planned_at, state }) => ({
      when,
      override_window,
      expires_at,
      planned_at,
      state,
    })),
  );
const planned = async (page: Page, at = 0) => (await all(page))[at]?.planned_at?.slice(0, 16);
const asked = (page: Page) =>
  page.evaluate(() => globalThis.kossoriFake.asked.filter(({ do: what }) => what === "queue_when").length);

/** Where that moment stands in the picture, whose hours are 8 to 23. */
async function spot(page: Page, day: number, hour: number) {
  const box = await page.locator(".wk .cols").boundingBox();
  if (!box) throw new Error("no picture");
  return { x: box.x + ((day + 0.5) / 7) * box.width, y: box.y + ((hour - 8) / 15) * box.height };
}

async function drag(page: Page, from: number, day: number, hour: number, drop = true): Promise<void> {
  const box = await pill(page, from).boundingBox();
  if (!box) throw new Error("no pill");
  const to = await spot(page, day, hour);
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(to.x, to.y, { steps: 5 });
  if (!drop) return;
  await page.mouse.up();
  await settle(page);
}

it("a delivery is dragged into a window of another day, goes out when it said, and Undo restores it exactly", async () => {
  const page = await week({ seed: { queue: 1 } });
  const before = await all(page);
  await drag(page, 0, 3, 20.05, false);
  expect(await says(page).innerText()).toBe("Goes out tomorrow 20:00, Evening.");
  expect(await page.locator(".aim").count()).toBe(1);
  expect(await page.locator(".dv.ghost").innerText()).toBe("P\n20:00");
  expect(await asked(page)).toBe(0);
  await page.mouse.up();
  await settle(page);
  expect(await planned(page)).toBe("2026-11-26T20:00");
  expect((await all(page))[0]?.override_window).toBe(false);
  expect(await undo(page).innerText()).toContain("Goes out tomorrow 20:00, Evening.");
  expect(await says(page).count()).toBe(0);
  expect(await page.locator(".aim").count()).toBe(0);
  await page.locator(".undo button").click();
  await settle(page);
  expect(await all(page)).toEqual(before);
  await page.context().close();
});

it.each([
  ["outside", "en", 3, 15, "No quiet window is open then. It stays where it is."],
  ["outside", "ja", 3, 15, "静かな時間の外です。元のままです。"],
  ["in the past", "en", 1, 15, "That is past already. It stays where it is."],
  ["in the past", "ja", 1, 15, "もう過ぎた時刻です。元のままです。"],
] as const)("let go %s it stays, and a line says why: %s", async (_where, language, day, hour, line) => {
  const page = await week({ language });
  const before = await all(page);
  await drag(page, 0, day, hour, false);
  expect(await says(page).innerText()).toBe(line);
  expect(await page.locator(".aim, .ghost").count()).toBe(0);
  await page.mouse.up();
  await settle(page);
  // Where it was let go, and for who does not see it.
  expect(await says(page).innerText()).toBe(line);
  expect(await page.locator(".picture [role=status]").innerText()).toBe(line);
  expect(await all(page)).toEqual(before);
  expect(await asked(page)).toBe(0);
  expect(await undo(page).count()).toBe(0);
  await page.mouse.click(5, 5);
  expect(await says(page).count()).toBe(0);
  await page.context().close();
});

it("beside the picture it is let go of nothing", async () => {
  const page = await week();
  const before = await all(page);
  const box = await pill(page).boundingBox();
  if (!box) throw new Error("no pill");
  await page.mouse.move(box.x + 10, box.y + 10);
  await page.mouse.down();
  await page.mouse.move(box.x + 10, 20, { steps: 3 });
  await page.mouse.up();
  await settle(page);
  expect(await all(page)).toEqual(before);
  expect(await asked(page)).toBe(0);
  await page.context().close();
});

it("Escape while it is dragged leaves it where it was", async () => {
  const page = await week();
  const before = await all(page);
  await drag(page, 0, 4, 20, false);
  expect(await page.locator(".held").count()).toBe(1);
  await page.keyboard.press("Escape");
  expect(await page.locator(".held, .ghost, .aim, .aim-says").count()).toBe(0);
  await page.mouse.up();
  await settle(page);
  expect(await all(page)).toEqual(before);
  expect(await asked(page)).toBe(0);
  await page.context().close();
});

it("what comes meanwhile does not let go of it, and what went out meanwhile is not moved", async () => {
  const page = await week();
  await drag(page, 0, 4, 20, false);
  await page.evaluate(() => globalThis.kossoriFake.tell({ event: "changed" }));
  await settle(page);
  expect(await page.locator(".held").count()).toBe(1);
  await page.evaluate(() => {
    Object.assign(globalThis.kossoriFake.world.queue[0] ?? {}, { state: "sending" });
    globalThis.kossoriFake.tell({ event: "changed" });
  });
  await settle(page);
  const to = await spot(page, 4, 21);
  await page.mouse.move(to.x, to.y);
  await page.mouse.up();
  await settle(page);
  expect(await asked(page)).toBe(0);
  await page.context().close();
});

it("a press that does not move opens its line; Enter goes there", async () => {
  const page = await week();
  await pill(page, 1).click();
  await settle(page);
  expect(await page.locator(".it.cur").getAttribute("data-id")).toBe("delivery-0003");
  await pill(page, 0).focus();
  await page.keyboard.press("Enter");
  await settle(page);
  expect(await page.locator(".it.cur").getAttribute("data-id")).toBe("delivery-0001");
  expect(await page.evaluate(() => document.activeElement?.closest(".it")?.getAttribute("data-id"))).toBe(
    "delivery-0001",
  );
  expect(await asked(page)).toBe(0);
  await page.context().close();
});

const focused = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute("data-id"));

it("arrows go from one delivery to the next; the picture is one stop", async () => {
  const page = await week({ seed: { queue: 5 } });
  // Two in today's lunch, which are one pill, two in the evening, one in tomorrow's lunch.
  await pill(page).focus();
  expect(await page.locator("button.dv[tabindex='0']").count()).toBe(1);
  const walked: (string | null | undefined)[] = [];
  for (const key of ["ArrowDown", "ArrowRight", "ArrowRight", "ArrowLeft", "ArrowUp", "End", "Home"]) {
    await page.keyboard.press(key);
    walked.push(`${key} ${await focused(page)}`);
  }
  const ids = await page.locator("button.dv").evaluateAll((all) => all.map((one) => one.dataset.id));
  expect(ids).toEqual(["delivery-0001", "delivery-0003", "delivery-0004", "delivery-0005"]);
  expect(walked).toEqual([
    `ArrowDown ${ids[1]}`,
    `ArrowRight ${ids[3]}`,
    `ArrowRight ${ids[3]}`,
    // To the same hour of the day before.
    `ArrowLeft ${ids[0]}`,
    `ArrowUp ${ids[0]}`,
    `End ${ids[3]}`,
    `Home ${ids[0]}`,
  ]);
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement?.closest(".wk") === null)).toBe(true);
  await page.keyboard.press("Shift+Tab");
  expect(await focused(page)).toBe(ids[0]);
  expect(await asked(page)).toBe(0);
  await page.context().close();
});

it("Shift and an arrow move it into the window beside, say where, and Ctrl+Z takes it back", async () => {
  const page = await week({ seed: { queue: 1 } });
  const before = await all(page);
  expect(before[0]?.planned_at?.slice(0, 16)).toBe("2026-11-25T12:07");
  await pill(page).focus();
  await page.keyboard.press("Shift+ArrowRight");
  await settle(page);
  // As far into it as it was: Kossori's own minute, not one on the dot.
  expect(await planned(page)).toBe("2026-11-25T18:37");
  expect(await page.locator(".list [role=status]").first().innerText()).toBe(
    "Goes out today 18:37, Evening.",
  );
  expect(await undo(page).innerText()).toContain("Goes out today 18:37, Evening.");
  expect(await focused(page)).toBe("delivery-0001");
  expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toContain(
    "18:37 notebook",
  );
  await page.keyboard.press("Shift+ArrowDown");
  await settle(page);
  expect(await planned(page)).toBe("2026-11-26T12:07");
  await page.keyboard.press("Shift+ArrowLeft");
  await settle(page);
  expect(await planned(page)).toBe("2026-11-25T18:37");
  await page.keyboard.press("Shift+ArrowUp");
  await settle(page);
  expect(await planned(page)).toBe("2026-11-25T12:07");
  await page.keyboard.press("Control+z");
  await settle(page);
  expect(await planned(page)).toBe("2026-11-25T18:37");
  await page.context().close();
});

it("the keys that a delivery says it hears are the ones that move it, each of them", async () => {
  const page = await week({ seed: { queue: 1 } });
  const said = (await pill(page).getAttribute("aria-keyshortcuts"))?.split(" ") ?? [];
  expect(said).toEqual(["Shift+ArrowRight", "Shift+ArrowLeft", "Shift+ArrowDown", "Shift+ArrowUp"]);
  await pill(page).focus();
  const went: string[] = [];
  for (const keys of [...said, "ArrowRight", "Shift+End", "Control+ArrowRight", "Alt+ArrowDown"]) {
    await page.keyboard.press(keys);
    await settle(page);
    went.push(`${keys} ${(await planned(page))?.slice(8)}`);
  }
  expect(went).toEqual([
    "Shift+ArrowRight 25T18:37",
    "Shift+ArrowLeft 25T12:07",
    "Shift+ArrowDown 25T18:37",
    "Shift+ArrowUp 25T12:07",
    "ArrowRight 25T12:07",
    "Shift+End 25T12:07",
    "Control+ArrowRight 25T12:07",
    "Alt+ArrowDown 25T12:07",
  ]);
  await page.context().close();
});

describe("a delivery that goes away under the focus", () => {
  const goes = async (page: Page, id: string, state = "sent") => {
    await page.evaluate(
      ([id, state]) => {
        const { world } = globalThis.kossoriFake;
        Object.assign(world.queue.find((one) => one.id === id) ?? {}, { state });
        globalThis.kossoriFake.tell({ event: "changed" });
      },
      [id, state],
    );
    await settle(page);
  };

  it("leaves it to the next one, then to the one before, then to the list", async () => {
    const page = await week({ seed: { queue: 5 } });
    await pill(page, 1).focus();
    expect(await focused(page)).toBe("delivery-0003");
    await goes(page, "delivery-0003");
    expect(await focused(page)).toBe("delivery-0004");
    // The other one of a pill that goes on without its first.
    await page.keyboard.press("ArrowUp");
    expect(await focused(page)).toBe("delivery-0001");
    await goes(page, "delivery-0001", "removed");
    expect(await focused(page)).toBe("delivery-0002");
    await page.keyboard.press("End");
    expect(await focused(page)).toBe("delivery-0005");
    await goes(page, "delivery-0005");
    expect(await focused(page)).toBe("delivery-0004");
    await goes(page, "delivery-0004");
    await goes(page, "delivery-0002");
    expect(await pill(page).count()).toBe(0);
    expect(await page.evaluate(() => document.activeElement?.className)).toContain("list");
    await page.context().close();
  });

  it("with no other in the week, to what the list still has", async () => {
    const page = await week({ seed: { queue: 2 } });
    await place(page, [{ at: "25 12:07" }, { at: "30 12:07" }]);
    await pill(page).focus();
    await goes(page, "delivery-0001");
    expect(await pill(page).count()).toBe(0);
    expect(await page.evaluate(() => document.activeElement?.parentElement?.dataset.id)).toBe(
      "delivery-0002",
    );
    await page.context().close();
  });

  it("takes nothing from where the focus has gone meanwhile, and nothing from nowhere", async () => {
    const page = await week({ seed: { queue: 5 } });
    await pill(page, 1).focus();
    await page.locator(".bar button").first().focus();
    await goes(page, "delivery-0003");
    expect(await page.evaluate(() => document.activeElement?.ariaLabel)).toBe("The week before");
    await pill(page, 1).focus();
    await pill(page, 1).evaluate((one) => one.blur());
    await goes(page, "delivery-0004");
    expect(await page.evaluate(() => document.activeElement === document.body)).toBe(true);
    await page.context().close();
  });
});

it("before the first window there is none, and nothing is asked", async () => {
  const page = await week({ language: "ja" });
  await pill(page).focus();
  await page.keyboard.press("Shift+ArrowLeft");
  await settle(page);
  expect(await says(page).innerText()).toBe("これより前に、静かな時間はありません。");
  expect(await asked(page)).toBe(0);
  await page.context().close();
});

it("moved beyond the week that is shown, its week is shown and it keeps the focus", async () => {
  const page = await week({ seed: { queue: 1 } });
  await pill(page).focus();
  // Evening, lunch, evening, lunch, evening, Saturday, Sunday, Monday.
  for (let n = 0; n < 8; n += 1) {
    await page.keyboard.press("Shift+ArrowRight");
    await settle(page);
  }
  expect(await planned(page)).toBe("2026-11-30T12:07");
  expect(await page.locator(".bar .mid").innerText()).toContain("30 November");
  expect(await focused(page)).toBe("delivery-0001");
  await page.context().close();
});

it("a pill of several moves whole, with their distance, and Undo restores each", async () => {
  const page = await week({ seed: { queue: 2 } });
  const before = await all(page);
  expect(before.map((one) => one.planned_at?.slice(11, 16))).toEqual(["12:07", "12:38"]);
  expect(await page.locator("button.dv").count()).toBe(1);
  expect(await pill(page).getAttribute("aria-label")).toBe(
    "Wed 25 November: 12:07 notebook Lunch, 12:38 notebook Lunch",
  );
  await drag(page, 0, 4, 20.05, false);
  expect(await says(page).innerText()).toBe("Goes out Fri 27 November 20:00, 20:31, Evening.");
  await page.mouse.up();
  await settle(page);
  expect([await planned(page, 0), await planned(page, 1)]).toEqual(["2026-11-27T20:00", "2026-11-27T20:31"]);
  await page.keyboard.press("Control+z");
  await settle(page);
  expect(await all(page)).toEqual(before);
  await page.context().close();
});

it("a pill of several that goes on past midnight says the day of each", async () => {
  const page = await week({ seed: { queue: 2 } });
  await page.evaluate(() => {
    const { world } = globalThis.kossoriFake;
    for (const one of world.windows)
      if (one.name === "evening") Object.assign(one, { from: "23:30", to: "01:00" });
    globalThis.kossoriFake.tell({ event: "changed" });
  });
  await settle(page);
  expect(await page.locator("button.dv").count()).toBe(1);
  // The picture has all 24 hours now.
  await drag(page, 0, 4, 8 + 23.6 * (15 / 24), false);
  const line = "Goes out Fri 27 November 23:35, Sat 28 November 00:06, Evening.";
  expect(await says(page).innerText()).toBe(line);
  await page.mouse.up();
  await settle(page);
  expect([await planned(page, 0), await planned(page, 1)]).toEqual(["2026-11-27T23:35", "2026-11-28T00:06"]);
  expect(await page.locator(".list [role=status]").first().innerText()).toBe(line);
  await page.context().close();
});

/** The queue's deliveries, at these times: the exact ones are asked for so. */
const place = async (page: Page, times: { at: string; exact?: boolean }[]) => {
  await page.evaluate((given) => {
    const { world } = globalThis.kossoriFake;
    given.forEach(({ at, exact }, index) => {
      const planned_at = `2026-11-${at.replace(" ", "T")}:00.000+09:00`;
      const window = at.slice(3) < "14:00" ? "lunch" : "evening";
      const when = exact ? { when: { at: `2026-11-${at}` } } : {};
      Object.assign(world.queue[index] ?? {}, {
        planned_at,
        planned: Date.parse(planned_at),
        window,
        ...when,
      });
    });
    globalThis.kossoriFake.tell({ event: "changed" });
  }, times);
  await settle(page);
};

it("if one of several is refused, none is moved, and the list says why", async () => {
  const page = await week({ seed: { accounts: "some", queue: 3 } });
  // Personal and official in one pill, and an anonymous one that the first would come too near.
  await place(page, [{ at: "25 12:40" }, { at: "25 12:50" }, { at: "27 19:55", exact: true }]);
  const before = await all(page);
  await drag(page, 0, 4, 20.05);
  expect(await page.locator(".list .find.block").innerText()).toContain("persona_too_near");
  // The second one went first, and came back.
  expect(await asked(page)).toBe(3);
  expect((await all(page)).map(({ when }) => when)).toEqual(before.map(({ when }) => when));
  expect((await all(page)).every(({ expires_at }) => expires_at === null)).toBe(true);
  expect(await undo(page).count()).toBe(0);
  await page.context().close();
});

it("an official delivery moves as its form moves it: no other question, and a refusal moves nothing", async () => {
  const page = await week({ seed: { accounts: "some", queue: 2 } });
  // An exact time of another persona, ten minutes from which nothing official may go.
  await place(page, [{ at: "26 20:00", exact: true }, { at: "25 12:07" }]);
  await drag(page, 0, 3, 20.1);
  expect(await planned(page, 1)).toBe("2026-11-25T12:07");
  expect(await page.locator(".list .find.block").innerText()).toContain("persona_too_near");
  expect(await says(page).innerText()).toContain("too near to a post of another persona");
  await drag(page, 0, 3, 20.55);
  expect(await planned(page, 1)).toBe("2026-11-26T20:30");
  expect(await page.locator(".list .find.block").count()).toBe(0);
  await page.context().close();
});

it.each([
  ["sending", {}, "It is being sent, or looked up, and cannot be changed now."],
  [
    "needs_you",
    { waits: "needs_you", asked_at: "2026-11-25T12:07:00.000+09:00" },
    "It waits for your answer in the list first.",
  ],
])("what is %s stays, and says so", async (state, rest, line) => {
  const page = await week({ seed: { queue: 1 } });
  await page.evaluate(
    (given) => {
      Object.assign(globalThis.kossoriFake.world.queue[0] ?? {}, given);
      globalThis.kossoriFake.tell({ event: "changed" });
    },
    { state, ...rest },
  );
  await settle(page);
  await drag(page, 0, 3, 20);
  expect(await says(page).innerText()).toBe(line);
  await pill(page).focus();
  await page.keyboard.press("Shift+ArrowRight");
  expect(await says(page).innerText()).toBe(line);
  expect(await asked(page)).toBe(0);
  await page.context().close();
});

it("with the veil on, what is dragged shows no word of its text", async () => {
  const page = await week({ seed: { preferences: { veil: true } } });
  await drag(page, 0, 3, 20, false);
  const shown = await page.locator(".pills").innerText();
  const names = await page.locator("button.dv").evaluateAll((all) => all.map((one) => one.ariaLabel));
  const texts = await page.evaluate(() => globalThis.kossoriFake.world.queue.map(({ text }) => text));
  for (const text of texts) expect(`${shown} ${names.join(" ")}`).not.toContain(text.slice(0, 8));
  await page.mouse.up();
  await page.context().close();
});

it("the table says the same, moved or not", async () => {
  const page = await week({ seed: { queue: 1 } });
  await drag(page, 0, 3, 20);
  expect(await page.locator(".picture table tr").nth(4).innerText()).toContain("20:00 notebook");
  await page.context().close();
});
