// Where a delivery of the week's picture may be let go.
import { describe, expect, it } from "vitest";
import type { DeliveryView, WhenInput } from "../../src/api.next";
import {
  type Aimed,
  aimAt,
  aimBeside,
  canMove,
  keptExpiry,
  movesOf,
  ownExpiry,
} from "../../src/main/queue/aim";
import type { Days, Span } from "../../src/time/spans";
import { delivery } from "../fake/answers";
import { content } from "../fake/seeds";
import { emptyWorld } from "../fake/world";

const world = emptyWorld();
const at = (time: string) => new Date(`2026-11-${time.replace(" ", "T")}:00+09:00`);
const one = (time: string, rest: Partial<DeliveryView> = {}): DeliveryView => {
  const planned_at = `2026-11-${time.replace(" ", "T")}:00.000+09:00`;
  return delivery(world, rest.account ?? "a", content("x"), {
    planned_at,
    window: "lunch",
    ...rest,
  } as never);
};
const span = (window: string, from: string, to: string, accounts: string[] | null = null): Span => ({
  window,
  from: at(from),
  to: at(to),
  accounts,
});
const days: Days = {
  from: at("23 00:00"),
  to: at("30 00:00"),
  work: [],
  open: [
    span("lunch", "25 12:00", "25 13:00"),
    span("evening", "25 18:30", "25 22:30"),
    span("lunch", "26 12:00", "26 13:00"),
    span("own", "26 15:00", "26 16:00", ["b"]),
    span("short", "27 10:00", "27 10:10"),
    span("evening", "27 18:30", "27 22:30"),
  ],
};
const now = at("25 10:42");

/** `25 19:05, 25 19:20`, or why not. */
function said(aimed: Aimed): string {
  if ("refused" in aimed) return aimed.refused;
  const two = (n: number) => String(n).padStart(2, "0");
  return aimed.times
    .map((time) => `${time.getDate()} ${two(time.getHours())}:${two(time.getMinutes())}`)
    .join(", ");
}

describe("let go at a moment", () => {
  it.each<[string, string]>([
    ["25 19:07", "25 19:05"],
    ["26 12:00", "26 12:00"],
    // The last minute of it is too late to begin in.
    ["26 12:59", "26 12:55"],
    ["25 13:00", "outside"],
    ["25 15:00", "outside"],
    ["26 11:59", "outside"],
    ["25 10:42", "past"],
    ["24 12:30", "past"],
    ["26 15:30", "accounts"],
  ])("%s: %s", (where, wanted) => {
    expect(said(aimAt(at(where), [one("25 12:07")], days, now))).toBe(wanted);
  });

  it("in what is open now it goes no sooner than in a minute, and not at all if none is left", () => {
    const own = [one("25 19:00", { window: "evening" })];
    expect(said(aimAt(at("25 12:31"), own, days, at("25 12:30")))).toBe("25 12:31");
    expect(said(aimAt(at("25 12:29"), own, days, at("25 12:30")))).toBe("past");
    expect(said(aimAt(new Date(at("25 12:59").getTime() + 30_000), own, days, at("25 12:59")))).toBe("room");
  });

  it("several keep their distance, and go so far back that all have room", () => {
    const own = [one("25 18:40"), one("25 19:10")];
    expect(said(aimAt(at("27 20:00"), own, days, now))).toBe("27 20:00, 27 20:30");
    expect(said(aimAt(at("26 12:50"), own, days, now))).toBe("26 12:29, 26 12:59");
    expect(said(aimAt(at("27 10:02"), own, days, now))).toBe("room");
  });

  it("each goes in a window of its own account", () => {
    const own = [one("25 12:07", { account: "b" }), one("25 12:07")];
    expect(said(aimAt(at("26 15:10"), own, days, now))).toBe("accounts");
    expect(said(aimAt(at("26 15:10"), own.slice(0, 1), days, now))).toBe("26 15:10");
  });

  it("a break counts before the window that it lies in", () => {
    const rest = { ...days, open: [...days.open, span("break", "25 19:00", "25 19:30")] };
    const aimed = aimAt(at("25 19:10"), [one("25 12:07")], rest, now);
    expect("opening" in aimed && aimed.opening.window).toBe("break");
  });

  it("not past what a person has set as its end", () => {
    const expires_at = "2026-11-26T00:00:00.000+09:00";
    expect(said(aimAt(at("26 12:10"), [one("25 12:07", { expires_at })], days, now))).toBe("expires");
    expect(said(aimAt(at("25 19:00"), [one("25 12:07", { expires_at })], days, now))).toBe("25 19:00");
    // Of an exact time it is the end of its day, which goes with it.
    const exact = one("25 12:07", { expires_at, when: { at: "2026-11-25 12:07" } });
    expect(said(aimAt(at("26 12:10"), [exact], days, now))).toBe("26 12:10");
    expect(ownExpiry(exact)).toBeNull();
    const until = one("25 12:07", { ...exact, expires_at: "2026-11-25T18:00:00.000+09:00" });
    expect(ownExpiry(until)).toBe(until.expires_at);
  });
});

it("at another time a person's own end stays as long as it lies after that time", () => {
  const next = one("25 12:07", { expires_at: "2026-11-26T18:00:00.000+09:00" });
  const exact = { ...next, when: { at: "2026-11-25 12:07" } };
  const kept = (delivery: DeliveryView, when: WhenInput, at = now) => keptExpiry(delivery, when, at);
  for (const delivery of [next, exact]) {
    expect(kept(delivery, "next")).toBe(next.expires_at);
    expect(kept(delivery, { window: "evening" })).toBe(next.expires_at);
    expect(kept(delivery, { at: "2026-11-26 17:59" })).toBe(next.expires_at);
    expect(kept(delivery, { at: "2026-11-26 18:00" })).toBeNull();
    expect(kept(delivery, "next", at("26 18:00"))).toBeNull();
  }
  // An exact time's own end goes with it.
  const own = { ...exact, expires_at: "2026-11-26T00:00:00.000+09:00" };
  expect(kept(own, { at: "2026-11-25 19:00" })).toBeNull();
  expect(kept(own, "next")).toBeNull();
});

describe("to the window beside", () => {
  it.each<[string, 1 | -1, string]>([
    ["25 12:07", 1, "25 18:37"],
    ["25 12:07", -1, "none"],
    ["25 20:30", 1, "26 12:59"],
    ["25 18:37", -1, "25 12:07"],
    ["26 12:07", 1, "27 10:07"],
    ["26 12:30", 1, "27 10:09"],
    ["27 18:30", 1, "none"],
    // From where no window is open.
    ["25 15:00", 1, "25 18:30"],
    ["25 15:00", -1, "25 12:00"],
  ])("%s by %i: %s", (where, by, wanted) => {
    expect(said(aimBeside(by, [one(where, { window: null })], days, now))).toBe(wanted);
  });

  it("what has no room for all of them is passed over", () => {
    const own = [one("26 12:05"), one("26 12:40")];
    expect(said(aimBeside(1, own, days, now))).toBe("27 18:35, 27 19:10");
  });

  it("into what is open now it goes as soon as it can", () => {
    expect(said(aimBeside(-1, [one("25 18:37")], days, at("25 12:30")))).toBe("25 12:31");
  });
});

it("a pill moves only if all of it waits", () => {
  expect(canMove([one("25 12:07")])).toBe(true);
  expect(canMove([one("25 12:07"), one("25 12:07", { state: "sending" })])).toBe(false);
  expect(canMove([one("25 12:07", { planned_at: null })])).toBe(false);
  expect(canMove([])).toBe(false);
});

it("none comes where another one still is", () => {
  const own = [one("25 18:40", { id: "x" }), one("25 19:10", { id: "y" })];
  const ids = (where: string) => {
    const aimed = aimAt(at(where), own, days, now);
    return "refused" in aimed ? [] : movesOf(aimed, own).map(({ delivery }) => delivery.id);
  };
  expect(ids("27 20:00")).toEqual(["y", "x"]);
  expect(ids("25 12:05")).toEqual(["x", "y"]);
});
