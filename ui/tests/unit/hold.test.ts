import { beforeEach, describe, expect, it } from "vitest";
import { bytesOf, Confirmation, isHandle } from "../../src/compose/confirmation";
import { Hold } from "../../src/compose/hold";
import { content } from "../fake/seeds";
import { StillTime } from "./timers";

let time: StillTime;
let done: number;
let progress: number[];
const make = (steps = false) =>
  new Hold(
    time,
    {
      progress: (part) => progress.push(part),
      done: () => {
        done += 1;
      },
    },
    () => steps,
  );

beforeEach(() => {
  time = new StillTime();
  done = 0;
  progress = [];
});

describe("hold to confirm", () => {
  it("takes 900 ms, and happens once", async () => {
    make().press();
    await time.pass(899);
    expect(done).toBe(0);
    await time.pass(31);
    expect(done).toBe(1);
    await time.pass(5000);
    expect(done).toBe(1);
  });

  it("released early, nothing has happened, then or later", async () => {
    const hold = make();
    hold.press();
    await time.pass(880);
    hold.release();
    await time.pass(5000);
    expect(done).toBe(0);
    expect(progress.at(-1)).toBe(0);
  });

  it("starts from nothing each time", async () => {
    const hold = make();
    hold.press();
    await time.pass(600);
    hold.release();
    hold.press();
    await time.pass(600);
    expect(done).toBe(0);
  });

  it("fills in three steps with reduced motion", async () => {
    make(true).press();
    await time.pass(890);
    expect([...new Set(progress)]).toEqual([0, 1 / 3, 2 / 3]);
  });
});

describe("a confirmation", () => {
  const one = bytesOf(["a"], content("text"));

  it("holds for its bytes and no others", () => {
    const confirmation = new Confirmation();
    confirmation.give(one);
    expect(confirmation.holds(one)).toBe(true);
    expect(confirmation.holds(bytesOf(["a"], content("text.")))).toBe(false);
    expect(confirmation.holds(bytesOf(["b"], content("text")))).toBe(false);
    expect(confirmation.holds(bytesOf(["a"], { ...content("text"), cw: "x" }))).toBe(false);
    const part = { text: "text", media: [{ path: null, media: "p", alt: "" }] };
    expect(confirmation.holds(bytesOf(["a"], { ...content("text"), parts: [part] }))).toBe(false);
  });

  it("is the typed handle, whole", () => {
    expect(isHandle("asagi-works.example", "asagi-works.example")).toBe(true);
    expect(isHandle(" @Asagi-Works.Example ", "asagi-works.example")).toBe(true);
    expect(isHandle("ａｓａｇｉ", "asagi")).toBe(true);
    expect(isHandle("asagi-works.exampl", "asagi-works.example")).toBe(false);
    expect(isHandle("", "")).toBe(false);
  });
});
