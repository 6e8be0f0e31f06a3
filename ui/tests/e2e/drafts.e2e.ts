// Drafts that are opened: nothing of one goes into another, goes out for somebody else, or is lost.
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { ContentInput, Request } from "../../src/api.next";
import { NO_REST } from "../../src/compose/written";
import type { Kept } from "../fake/world";
import { area, settle, write } from "../screens";
import { type Scene, Stage } from "../stage";

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());
afterEach(() => {
  expect(stage.trouble.splice(0)).toEqual([]);
});

const content = (text: string, rest: Partial<ContentInput> = {}): ContentInput => ({
  parts: [{ text, media: [] }],
  cw: null,
  visibility: null,
  lang: "en",
  ...NO_REST,
  ...rest,
});

async function begin(drafts: Partial<Kept>[] = [], scene: Scene = {}): Promise<Page> {
  const page = await stage.page(scene);
  await settle(page);
  await page.evaluate((all) => {
    const kept = all.map((draft, n) => ({ id: `draft-${n}`, rev: 1, accounts: [], updated: 0, ...draft }));
    globalThis.kossoriFake.world.drafts.push(...(kept as Kept[]));
  }, drafts);
  return page;
}

const open = async (page: Page, id: string) => {
  await page.evaluate((which) => globalThis.kossoriFake.bridge.openComposer(which), id);
  await settle(page);
};
/** As if the window had come anew, with this draft of last time. */
const anew = async (page: Page, id: string) => {
  await page.evaluate((which) => {
    globalThis.kossoriFake.bridge.keepOpen("pinned", false);
    localStorage.setItem("kossori.draft", which);
  }, id);
};
const drafts = (page: Page) => page.evaluate(() => globalThis.kossoriFake.world.drafts);
const queue = (page: Page) =>
  page.evaluate(() =>
    globalThis.kossoriFake.world.queue.map(({ account, text, content }) => ({ account, text, content })),
  );
const last = (page: Page, what: Request["do"]) =>
  page.evaluate((name) => globalThis.kossoriFake.asked.filter((one) => one.do === name).at(-1), what);
const says = (page: Page) => page.locator(".c-says").innerText();
const pressed = (page: Page) => page.locator(".chip[aria-pressed=true], .c-head .who").count();
const go = async (page: Page) => {
  await page.keyboard.press("Control+Enter");
  await settle(page);
};

describe("a draft of somebody who speaks alone", () => {
  it.each([
    ["official", "a-asagi", "asagi-works.example (Official)"],
    ["anonymous", "a-night", "yofukashi (Anonymous)"],
    ["removed", "a-gone", "an account that is not here any more"],
  ])("%s: opens with nobody chosen, says whose it was, and stays theirs", async (_, account, name) => {
    const page = await begin([{ accounts: [account], content: content("not mine") }]);
    await open(page, "draft-0");
    expect([await area(page).inputValue(), await pressed(page)]).toEqual(["not mine", 0]);
    expect(await says(page)).toContain(name);
    await go(page);
    expect(await queue(page)).toEqual([]);
    await area(page).press("End");
    await page.keyboard.type("!");
    await settle(page);
    expect(await drafts(page)).toMatchObject([{ id: "draft-0", accounts: [account] }]);
    expect((await drafts(page))[0]?.content.parts[0]?.text).toBe("not mine!");
    await page.locator(".chip").first().click();
    await settle(page);
    expect((await drafts(page))[0]?.accounts).toEqual(["a-blue"]);
    expect(await page.locator(".whose").count()).toBe(0);
    await page.context().close();
  });

  it("of last time: nothing that was typed before it came is put behind it", async () => {
    const page = await begin([], { seed: { locked: true, drafts: 1, draftsOf: "a-night", texts: "en" } });
    await anew(page, "draft-s0");
    await page.reload();
    await page.waitForFunction(() => globalThis.kossoriFake?.mounted > 0);
    await settle(page);
    await area(page).pressSequentially("a thought of my own");
    await page.getByRole("button", { name: "Unlock" }).click();
    await page.clock.runFor(6000);
    await settle(page);
    await page.clock.runFor(6000);
    await settle(page);
    expect(await area(page).inputValue()).toBe("a thought of my own");
    expect(await says(page)).toContain("Last time's draft is among the drafts");
    expect((await drafts(page)).map(({ accounts }) => accounts)).toEqual([
      ["a-blue", "a-masto"],
      ["a-night"],
    ]);
    await page.context().close();
  });

  it("nobody stays chosen whose account has become official meanwhile", async () => {
    const page = await begin();
    await write(page, "to both");
    await page.evaluate(() => {
      const account = globalThis.kossoriFake.world.accounts.find(({ id }) => id === "a-blue");
      if (account) account.persona = "official";
      globalThis.kossoriFake.tell({ event: "changed" });
    });
    await settle(page);
    expect(await pressed(page)).toBe(0);
    await go(page);
    expect(await queue(page)).toEqual([]);
    await page.context().close();
  });
});

describe("what was typed before last time's draft came", () => {
  const typedBefore = async (first: (page: Page) => Promise<void>) => {
    const page = await begin([], { seed: { locked: true, drafts: 1, texts: "en" } });
    await anew(page, "draft-s0");
    await page.reload();
    await page.waitForFunction(() => globalThis.kossoriFake?.mounted > 0);
    await settle(page);
    await first(page);
    await page.getByRole("button", { name: "Unlock" }).click();
    for (let n = 0; n < 2; n += 1) {
      await page.clock.runFor(6000);
      await settle(page);
    }
    return page;
  };

  it("stands behind it, an empty line between, if it is text alone", async () => {
    const page = await typedBefore((one) => area(one).pressSequentially("new thought"));
    expect(await area(page).inputValue()).toMatch(/underfoot\.\n\nnew thought$/);
    expect(await drafts(page)).toHaveLength(1);
    await page.context().close();
  });

  it("stays by itself, with all that it has, if it has a content warning", async () => {
    const page = await typedBefore(async (one) => {
      await one.getByRole("button", { name: "Content warning" }).click();
      await one.locator(".cw input").fill("food");
      await area(one).pressSequentially("new thought");
    });
    expect([await area(page).inputValue(), await page.locator(".cw input").inputValue()]).toEqual([
      "new thought",
      "food",
    ]);
    expect((await drafts(page)).map((draft) => draft.content.cw)).toEqual(["food", null]);
    await page.context().close();
  });
});

describe("another draft", () => {
  it("has no time and no yes of the one before", async () => {
    const page = await begin([{ accounts: ["a-blue"], content: content("b") }]);
    await write(page, "a");
    await page.keyboard.press("Control+t");
    await page.locator(".c-time input").first().fill("15:00");
    await page.locator(".c-time input[type=checkbox]").check();
    await page.locator(".c-time .b").first().click();
    expect(await page.locator(".go").innerText()).toContain("15:00");
    await open(page, "draft-0");
    expect(await page.locator(".go").innerText()).toContain("Next break");
    await go(page);
    expect(await last(page, "post_add")).toMatchObject({ when: "next", override_window: false });
    await page.context().close();
  });

  it("is not opened, and that is said, while this one cannot be saved", async () => {
    const page = await begin([{ accounts: ["a-blue"], content: content("b") }]);
    await page.evaluate(() => globalThis.kossoriFake.die());
    await area(page).fill("a");
    await open(page, "draft-0");
    expect(await area(page).inputValue()).toBe("a");
    expect(await says(page)).toContain("not opened");
    await page.context().close();
  });
});

describe("a picture that is still being cleaned", () => {
  it("bars the queue and Ctrl+S, and goes out with its own post", async () => {
    const page = await begin();
    await write(page, "with a picture");
    await page.evaluate(() => {
      Object.assign(globalThis, { goOn: globalThis.kossoriFake.stall("picture_add") });
    });
    await page.keyboard.press("Control+i");
    await settle(page);
    await go(page);
    expect(await queue(page)).toEqual([]);
    expect(await page.locator(".why").innerText()).toContain("picture");
    await page.keyboard.press("Control+s");
    await settle(page);
    expect(await area(page).inputValue()).toBe("with a picture");
    await page.evaluate(() => (globalThis as unknown as { goOn: () => void }).goOn());
    await settle(page);
    await settle(page);
    expect(await area(page).inputValue()).toBe("");
    const kept = (await drafts(page)).map(({ content: { parts } }) => [
      parts[0]?.text,
      parts[0]?.media.length,
    ]);
    expect(kept).toEqual([["with a picture", 1]]);
    expect(await page.locator(".strip .alt-text").count()).toBe(0);
    await page.context().close();
  });
});

describe("while it is being queued", () => {
  const underWay = async () => {
    const page = await begin();
    await write(page, "once");
    await page.evaluate(() => {
      Object.assign(globalThis, { goOn: globalThis.kossoriFake.stall("post_add") });
    });
    await page.keyboard.press("Control+Enter");
    await settle(page);
    await area(page).press("End");
    await page.keyboard.type(" and more");
    await settle(page);
    return page;
  };

  it("what is typed stays, as a draft of its own", async () => {
    const page = await underWay();
    await page.evaluate(() => (globalThis as unknown as { goOn: () => void }).goOn());
    await settle(page);
    await settle(page);
    expect((await queue(page)).map(({ text }) => text)).toEqual(["once", "once"]);
    expect(await area(page).inputValue()).toBe("once and more");
    expect((await drafts(page)).map(({ content: { parts } }) => parts[0]?.text)).toEqual(["once and more"]);
    expect(await says(page)).toContain("is a draft of its own");
    await page.clock.runFor(5000);
    expect(await page.evaluate(() => globalThis.kossoriFake.hidden)).toBe(false);
    await page.context().close();
  });

  it("and the host dies: the real time is told, and nothing typed is lost", async () => {
    const page = await begin();
    await write(page, "once");
    await page.evaluate(() => globalThis.kossoriFake.swallow("post_add"));
    await page.keyboard.press("Control+Enter");
    await settle(page);
    await area(page).press("End");
    await page.keyboard.type(" and more");
    await page.evaluate(() => globalThis.kossoriFake.revive());
    await settle(page);
    await settle(page);
    expect(await area(page).inputValue()).toBe("once and more");
    expect(await says(page)).toMatch(/Queued\. .*12:/);
    expect(await queue(page)).toHaveLength(2);
    await page.context().close();
  });

  it.each([
    [true, "Queued.", ""],
    [false, "It was not queued", "once"],
  ])(
    "and the answer is lost for good (carried out: %s): it looks, and queues nothing twice",
    async (done, said, left) => {
      const page = await begin();
      await write(page, "once");
      await page.evaluate(
        (carried) => globalThis.kossoriFake.swallow("post_add", { done: carried, twice: true }),
        done,
      );
      await go(page);
      await page.evaluate(() => {
        Object.assign(globalThis, { goOn: globalThis.kossoriFake.stall("draft_list") });
        globalThis.kossoriFake.revive();
      });
      await settle(page);
      expect(await says(page)).toContain("The answer was lost");
      await go(page);
      await page.evaluate(() => (globalThis as unknown as { goOn: () => void }).goOn());
      await settle(page);
      expect(await says(page)).toContain(said);
      expect([await area(page).inputValue(), (await queue(page)).length]).toEqual([left, done ? 2 : 0]);
      if (!done) {
        await go(page);
        expect(await queue(page)).toHaveLength(2);
      }
      await page.context().close();
    },
  );
});

describe("a draft that somebody else has", () => {
  const gone = (page: Page, quietly = false) =>
    page.evaluate((silent) => {
      globalThis.kossoriFake.world.drafts = [];
      if (!silent) globalThis.kossoriFake.tell({ event: "changed" });
    }, quietly);

  it("removed, is written down anew: Ctrl+S keeps what is here", async () => {
    const page = await begin();
    await write(page, "still here");
    await gone(page);
    await settle(page);
    expect((await drafts(page)).map(({ content: { parts } }) => parts[0]?.text)).toEqual(["still here"]);
    await page.keyboard.press("Control+s");
    await settle(page);
    expect(await drafts(page)).toHaveLength(1);
    await page.context().close();
  });

  it("removed unheard, is not queued unasked, and the next time it is", async () => {
    const page = await begin();
    await write(page, "still here");
    await gone(page, true);
    await go(page);
    expect(await queue(page)).toEqual([]);
    expect(await says(page)).toContain("draft of its own");
    await go(page);
    expect(await queue(page)).toHaveLength(2);
    await page.context().close();
  });

  it("changed unheard, is not queued as it is not seen here", async () => {
    const page = await begin();
    await write(page, "mine");
    await page.evaluate(() => {
      const [draft] = globalThis.kossoriFake.world.drafts;
      if (draft)
        Object.assign(draft, {
          rev: 7,
          content: { ...draft.content, parts: [{ text: "theirs", media: [] }] },
        });
    });
    await go(page);
    expect(await queue(page)).toEqual([]);
    await go(page);
    expect((await queue(page)).map(({ text }) => text)).toEqual(["mine", "mine"]);
    expect((await drafts(page)).map(({ content: { parts } }) => parts[0]?.text)).toEqual(["theirs"]);
    await page.context().close();
  });
});

describe("what a draft has and the composer does not make", () => {
  const reply = content("for all", {
    reply_to: "https://mastodon.example/@haruka/1",
    variants: { bluesky: "for Bluesky alone" },
  });

  it("is shown, kept by an edit, and queued; and it can be taken out", async () => {
    const page = await begin([{ accounts: ["a-blue", "a-masto"], content: reply }]);
    await open(page, "draft-0");
    expect(await page.locator("main").innerText()).toContain("Replies to https://mastodon.example/@haruka/1");
    expect(await page.locator("main").innerText()).toContain("for Bluesky alone");
    await area(page).press("End");
    await page.keyboard.type("!");
    await settle(page);
    expect((await drafts(page))[0]?.content).toMatchObject({
      reply_to: reply.reply_to,
      variants: reply.variants,
    });
    await page.locator(".c-rest button").last().click();
    await settle(page);
    expect((await drafts(page))[0]?.content.variants).toEqual({});
    await go(page);
    expect((await queue(page))[0]?.content.reply_to).toBe(reply.reply_to);
    await page.context().close();
  });

  it("pictures of later parts stay there", async () => {
    const media = (id: string) => [{ path: null, media: id, alt: id }];
    const parts = [
      { text: "one", media: media("p1") },
      { text: "two", media: media("p2") },
    ];
    const page = await begin([{ accounts: ["a-blue"], content: content("", { parts }) }]);
    await page.evaluate(() => {
      const picture = {
        mime: "image/png",
        width: 1,
        height: 1,
        bytes: 9,
        sha256: "",
        removed: true,
        data: "",
      };
      for (const id of ["p1", "p2"])
        globalThis.kossoriFake.world.pictures.set(id, { ...picture, id, alt: id });
    });
    await open(page, "draft-0");
    expect(await page.locator(".strip").nth(1).innerText()).toContain("Part 2");
    await area(page).press("End");
    await page.keyboard.type("!");
    await settle(page);
    expect((await drafts(page))[0]?.content.parts).toEqual([
      { text: "one\n---\ntwo!", media: media("p1") },
      { text: "", media: media("p2") },
    ]);
    await page.context().close();
  });

  it("a thread with a text of a network's own opens whole; where it would change, it does not, and says so", async () => {
    const parts = ["one", "two"].map((text) => ({ text, media: [] }));
    const page = await begin([
      { accounts: ["a-blue"], content: { ...reply, parts, variants: { bluesky: "blue" } } },
      { accounts: ["a-blue"], content: { ...reply, parts, variants: { bluesky: "" } } },
    ]);
    await open(page, "draft-1");
    expect([await area(page).inputValue(), await says(page)]).toEqual([
      "",
      expect.stringContaining("That draft is not opened"),
    ]);
    await open(page, "draft-0");
    expect(await area(page).inputValue()).toBe("one\n---\ntwo");
    await page.getByRole("tab", { name: "Bluesky" }).click();
    expect(await area(page).inputValue()).toBe("blue\n---\ntwo");
    await page.context().close();
  });

  it("a yes to an official post is a yes to all of it", async () => {
    const page = await begin();
    await page.locator(".chip[data-p=official]").click();
    await write(page, "Our desk is closed.");
    await page.evaluate(() => {
      const [draft] = globalThis.kossoriFake.world.drafts;
      if (draft) draft.content.variants = { bluesky: "something else" };
    });
    await page.keyboard.down("Control");
    await page.keyboard.down("Enter");
    await page.clock.runFor(1000);
    await settle(page);
    await page.keyboard.up("Enter");
    await page.keyboard.up("Control");
    expect(await queue(page)).toEqual([]);
    await page.context().close();
  });
});
