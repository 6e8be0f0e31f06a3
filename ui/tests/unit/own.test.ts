import { expect, it } from "vitest";
import english from "../../messages/en.json";
import { closedText, dateText, momentText } from "../../src/main/windows/own.svelte";
import { speak } from "../../src/words/words";

const NOW = new Date(2026, 10, 25, 10, 42);
const closed = (from: string, to: string) =>
  closedText({ id: "c", from: `${from}:00.000+09:00`, to: `${to}:00.000+09:00` }, NOW);

it("a closed period is said by its days where they are whole", () => {
  speak("en", english);
  expect(closed("2026-12-28T00:00", "2026-12-29T00:00")).toBe("Mon 28 December");
  expect(closed("2026-12-28T00:00", "2027-01-04T00:00")).toBe("Mon 28 December – Sun 3 January 2027");
  expect(closed("2026-12-28T09:00", "2026-12-28T12:00")).toBe("Mon 28 December 09:00–12:00");
  expect(closed("2026-11-25T12:00", "2026-11-26T00:00")).toBe("today 12:00 – tomorrow 00:00");
});

it("a day of another year says which, and the end of a day is the next one's midnight", () => {
  speak("en", english);
  expect(dateText("2026-12-01", NOW)).toBe("Tue 1 December");
  expect(dateText("2027-01-01", NOW)).toBe("Fri 1 January 2027");
  expect(momentText("2026-12-31", "24:00")).toBe("2027-01-01 00:00");
  expect(momentText("2026-12-31", "12:00")).toBe("2026-12-31 12:00");
});
