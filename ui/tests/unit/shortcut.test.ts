import { expect, test } from "vitest";
import { pressed } from "../../src/main/settings/shortcut";

const keys = (key: string, code: string, held: string) => ({
  key,
  code,
  ctrlKey: held.includes("c"),
  altKey: held.includes("a"),
  shiftKey: held.includes("s"),
  metaKey: held.includes("m"),
});

test.each([
  ["k", "KeyK", "ca", "Ctrl+Alt+K"],
  ["K", "KeyK", "cs", "Ctrl+Shift+K"],
  ["˚", "KeyK", "ca", "Ctrl+Alt+K"],
  ["a", "KeyQ", "m", "Super+A"],
  ["!", "Digit1", "cs", "Ctrl+Shift+1"],
  [" ", "Space", "c", "Ctrl+Space"],
  ["F12", "F12", "a", "Alt+F12"],
  ["k", "KeyK", "", null],
  ["K", "KeyK", "s", null],
  ["F5", "F5", "s", null],
  ["Control", "ControlLeft", "c", null],
  ["Enter", "Enter", "c", null],
  ["ArrowUp", "ArrowUp", "c", null],
])("%s with %s held: %s", (key, code, held, said) => {
  expect(pressed(keys(key, code, held))).toBe(said);
});
