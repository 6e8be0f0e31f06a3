import { describe, expect, it } from "vitest";
import { partsOf, pieceAt, placeOf, put, stepped } from "../../src/compose/order";
import { attached } from "../../src/compose/pictures";

const added = { alt: "", mime: "image/png", width: 1, height: 1, bytes: 9, sha256: "", removed: true };
/** "a0 b0 c1": picture and part. */
const all = (said: string) =>
  said.split(" ").map(([id = "", part]) => attached({ ...added, id }, Number(part)));
const told = (pictures: ReturnType<typeof all>) => pictures.map(({ id, part }) => `${id}${part}`).join(" ");
const moved = (said: string, id: string, part: number, at: number) => {
  const pictures = all(said);
  const picture = pictures.find((one) => one.id === id);
  return picture ? told(put(pictures, picture, { part, at })) : "";
};

describe("where a picture stands", () => {
  it.each([
    ["c", 0, 0, "c0 a0 b0 d1"],
    ["a", 0, 2, "b0 c0 a0 d1"],
    ["a", 1, 0, "b0 c0 a1 d1"],
    ["a", 1, 9, "b0 c0 d1 a1"],
    ["d", 0, 1, "a0 d0 b0 c0"],
    ["b", 4, 9, "a0 c0 d1 b4"],
  ])("%s goes with part %i, behind %i others", (id, part, at, after) => {
    expect(moved("a0 b0 c0 d1", id, part, at)).toBe(after);
  });

  it("what came from a place goes back to it", () => {
    for (const id of ["a", "b", "c", "d"]) {
      const pictures = all("a0 b0 c1 d1");
      const [place, picture] = [placeOf(pictures, id), pictures.find((one) => one.id === id)];
      if (!place || !picture) throw new Error(id);
      const out = pictures.filter((one) => one.id !== id);
      expect(told(put(out, picture, place))).toBe("a0 b0 c1 d1");
      const elsewhere = put(pictures, picture, { part: 2, at: 0 });
      expect(told(put(elsewhere, picture, place))).toBe("a0 b0 c1 d1");
    }
  });

  it("steps through the parts, empty ones too, and no further", () => {
    const pictures = all("a0 b0 c2");
    expect(stepped(pictures, "a", -1, 3)).toBeNull();
    expect(stepped(pictures, "a", 1, 3)).toEqual({ part: 0, at: 1 });
    expect(stepped(pictures, "b", 1, 3)).toEqual({ part: 1, at: 0 });
    expect(stepped(pictures, "c", -1, 3)).toEqual({ part: 1, at: 0 });
    expect(stepped(pictures, "c", 1, 3)).toBeNull();
    expect(stepped(all("a0 b0 c1"), "c", -1, 2)).toEqual({ part: 0, at: 2 });
    expect(stepped(pictures, "gone", 1, 3)).toBeNull();
  });
});

describe("the parts", () => {
  it("are the pieces of the text, and those of pictures alone", () => {
    expect(partsOf("", [])).toBe(1);
    expect(partsOf("one\n---\ntwo\n---\n", [])).toBe(2);
    expect(partsOf("one", all("a0 b3"))).toBe(4);
  });

  it.each([
    ["|one\n---\ntwo", 0],
    ["one|\n---\ntwo", 0],
    ["one\n--|-\ntwo", 0],
    ["one\n---|\ntwo", 0],
    ["one\n---\n|two", 1],
    ["one\n---\n|", 1],
    ["one\n---\n\n---\n|two", 1],
    ["one\n---\n|\n---\ntwo", 1],
    ["\n---\none|", 0],
    ["一\n---\n二\n---\n三|", 2],
  ])("the caret of %j is in the right one", (text, part) => {
    expect(pieceAt(text.replace("|", ""), text.indexOf("|"))).toBe(part);
  });
});
