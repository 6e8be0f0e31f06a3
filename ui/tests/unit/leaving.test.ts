import { expect, test } from "vitest";
import { keptToTheLast } from "../../src/compose/leaving";

/** A composer into which keys come while nobody looks: `keys` are typed one by one whenever it is waited for. */
function composer(keys: string[], refuses = false) {
  let kept = "";
  const writing = {
    bytes: "",
    get unsaved() {
      return kept !== writing.bytes;
    },
    kept: async () => {
      if (refuses && writing.unsaved) return false;
      kept = writing.bytes;
      return true;
    },
  };
  const still = async () => {
    writing.bytes += keys.shift() ?? "";
  };
  return { writing, still, kept: () => kept };
}

test("whoever quits keeps the keys that are still on their way", async () => {
  const { writing, still, kept } = composer(["l", "a", "s", "t"]);
  expect(await keptToTheLast(writing, still)).toBe(true);
  expect(kept()).toBe("last");
});

test("what cannot be kept is said", async () => {
  const { writing, still } = composer(["x"], true);
  expect(await keptToTheLast(writing, still)).toBe(false);
});
