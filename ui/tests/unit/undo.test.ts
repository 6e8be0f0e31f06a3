import { beforeEach, expect, it } from "vitest";
import { Undo, type Undoable } from "../../src/parts/undo";
import { StillTime } from "./timers";

let time: StillTime;
let shown: Undoable | null;
let undo: Undo;
let undone: number;
const what = { text: "removed", back: async () => void undone++ };

beforeEach(() => {
  time = new StillTime();
  undone = 0;
  undo = new Undo(time, (now) => {
    shown = now;
  });
  undo.offer(what);
});

it("stays ten seconds", async () => {
  await time.pass(9999);
  expect(shown).toBe(what);
  await time.pass(1);
  expect(shown).toBeNull();
  await undo.take();
  expect(undone).toBe(0);
});

it("stays while it has the focus", async () => {
  await time.pass(9000);
  undo.stay();
  await time.pass(60_000);
  expect(shown).toBe(what);
  undo.go();
  await time.pass(999);
  expect(shown).toBe(what);
  await time.pass(1);
  expect(shown).toBeNull();
});

it("is taken once", async () => {
  await undo.take();
  await undo.take();
  expect(undone).toBe(1);
  expect(shown).toBeNull();
});

it("is withdrawn by whoever offered it, and by nobody else", async () => {
  const other = { text: "moved", back: async () => {} };
  undo.withdraw(other);
  expect(shown).toBe(what);
  undo.offer(other);
  undo.withdraw(what);
  expect(shown).toBe(other);
  undo.withdraw(other);
  expect(shown).toBeNull();
  await undo.take();
  expect(undone).toBe(0);
});
