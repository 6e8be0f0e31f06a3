import { describe, expect, it } from "vitest";
import type { DeliveryView } from "../../src/api.next";
import { lately } from "../../src/main/queue/lately";
import { byDay, neighbour } from "../../src/main/queue/order";
import { profileUrl } from "../../src/main/queue/profile";
import { goesOut } from "../../src/main/queue/queue.svelte";
import { weekOf } from "../../src/main/queue/week";
import { loadTexts, speak } from "../../src/words/words";
import { delivery } from "../fake/answers";
import { content } from "../fake/seeds";
import { account, emptyWorld } from "../fake/world";
import { knownOn } from "./known";

const world = emptyWorld();
const one = (rest: Partial<DeliveryView>): DeliveryView =>
  delivery(world, rest.account ?? "a", content("x"), rest as never);
const at = (time: string) => `2026-11-25T${time}:00.000+09:00`;

describe("the list", () => {
  it("goes by day and time; what has no time comes last", () => {
    const all = [
      one({ id: "held", state: "held" }),
      one({ id: "late", planned_at: at("19:02") }),
      one({ id: "next", planned_at: "2026-11-26T12:46:00.000+09:00" }),
      one({ id: "soon", planned_at: at("12:07") }),
    ];
    const days = byDay(all).map((group) => [group.day, group.deliveries.map(({ id }) => id)]);
    expect(days).toEqual([
      ["2026-11-25", ["soon", "late"]],
      ["2026-11-26", ["next"]],
      [null, ["held"]],
    ]);
  });

  it("moves before the one of the same account, over others", () => {
    const all = [
      one({ id: "1", account: "a", position: 1 }),
      one({ id: "2", account: "b", position: 2 }),
      one({ id: "3", account: "a", position: 3 }),
      one({ id: "4", account: "a", position: null, planned_at: at("12:00") }),
    ];
    const third = all[2] as DeliveryView;
    expect(neighbour(all, third, -1)?.id).toBe("1");
    expect(neighbour(all, third, 1)).toBeUndefined();
    expect(neighbour(all, all[3] as DeliveryView, -1)).toBeUndefined();
  });
});

describe("when they go out", () => {
  const now = new Date(at("10:42"));
  const said = (times: string[], window = "Evening") =>
    goesOut(
      times.map((time) => [`2026-11-${time.slice(0, 2)}`, time.slice(3)] as const),
      window,
      now,
    );
  const over = ["25 23:50", "26 00:20"];
  const many = ["25 23:00", "25 23:10", "25 23:20", "25 23:30", ...over.slice(1), "26 00:50"];

  it("says the day of each, where a window goes on past midnight", async () => {
    speak("en", await loadTexts("en"));
    expect(said(["25 20:00", "25 20:31"])).toBe("Goes out today 20:00, 20:31, Evening.");
    expect(said(over)).toBe("Goes out today 23:50, tomorrow 00:20, Evening.");
    expect(said(over, "")).toBe("Goes out today 23:50, tomorrow 00:20.");
    expect(said(many)).toBe("Goes out today 23:00–23:30, tomorrow 00:20, 00:50, Evening.");
    expect(said(["26 00:20", "26 00:20", "27 00:20"])).toBe(
      "Goes out tomorrow 00:20, Fri 27 November 00:20, Evening.",
    );
  });

  it("in Japanese too", async () => {
    speak("ja", await loadTexts("ja"));
    expect(said(over, "夜")).toBe("出るのは 今日 23:50、あす 00:20 夜 です。");
    expect(said(many, "夜")).toBe("出るのは 今日 23:00–23:30、あす 00:20、00:50 夜 です。");
  });
});

describe("what was sent lately", () => {
  it("is what is out or was, the newest first", () => {
    const sent = (id: string, rest: Partial<DeliveryView>) =>
      one({ id, state: "sent", parts_there: [1], parts_sent: 1, sent_at: at("12:00"), ...rest });
    const all = [
      sent("old", { sent_at: at("09:00") }),
      sent("new", {}),
      sent("deleted", { sent_at: at("11:00"), parts_there: [], deleted_at: at("12:30") }),
      one({ id: "half", state: "rejected", parts: 2, parts_sent: 1, parts_there: [1] }),
      one({ id: "none", state: "rejected" }),
      one({ id: "waits", state: "queued", parts: 2, parts_sent: 1, parts_there: [1] }),
      one({ id: "open", state: "unknown" }),
    ];
    expect(lately(all).map(({ id }) => id)).toEqual(["new", "deleted", "old", "half"]);
  });

  it("has what others see than were meant to, however old it is, until it is taken down", () => {
    const sent = (id: string, day: number, rest: Partial<DeliveryView> = {}) =>
      one({ id, state: "sent", sent_at: new Date(Date.UTC(2026, 9, day)).toISOString(), ...rest });
    const many = Array.from({ length: 40 }, (_, n) => sent(`${n}`, 31 - (n % 20)));
    const visibility_differs = { asked: "private", got: "public" };
    const all = [
      ...many,
      sent("wrong", 1, { visibility_differs }),
      sent("gone", 2, { visibility_differs, deleted_at: at("09:00") }),
    ];
    const shown = lately(all).map(({ id }) => id);
    expect(shown).toHaveLength(31);
    expect(shown.at(-1)).toBe("wrong");
  });
});

describe("the week", () => {
  it("keeps each pill inside its window, however many there are", () => {
    const days = knownOn("2026-11-25T10:42");
    const all = Array.from({ length: 9 }, (_, n) => one({ id: `${n}`, planned_at: at(`12:0${n}`) }));
    const week = weekOf(days, new Date(2026, 10, 23), new Date(2026, 10, 25, 10), all);
    const day = week[2];
    const lunch = day?.blocks.find(({ window }) => window === "lunch");
    expect(day?.pills.flatMap(({ deliveries }) => deliveries)).toHaveLength(9);
    for (const pill of day?.pills ?? []) {
      expect(pill.top).toBeGreaterThanOrEqual(lunch?.top ?? 0);
      expect(pill.top + 3.9).toBeLessThanOrEqual((lunch?.top ?? 0) + (lunch?.height ?? 0) + 0.001);
    }
    expect(week.map(({ past }) => past)).toEqual([true, true, false, false, false, false, false]);
  });
});

describe("a profile", () => {
  it("is where one sees one's own posts", () => {
    expect(profileUrl(account("b", "bluesky", "haruka.dev"))).toBe("https://bsky.app/profile/haruka.dev");
    const masto = account(
      "m",
      "mastodon",
      "haruka@mastodon.example",
      "personal",
      "https://mastodon.example/",
    );
    expect(profileUrl(masto)).toBe("https://mastodon.example/@haruka");
    expect(profileUrl(account("p", "practice", "x"))).toBeNull();
    expect(profileUrl({ ...masto, server: "javascript:alert(1)" })).toBeNull();
  });
});
