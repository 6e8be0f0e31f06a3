import { expect, it } from "vitest";
import { report } from "../../src/main/settings/report";
import { size } from "../../src/main/settings/size";

const NOW = new Date("2026-11-25T10:42:00+09:00");
const status = {
  host: "resident",
  state: "needs_you",
  next_at: null,
  counts: { queued: 3, sent: 12 },
  reason: "keyring_locked",
  waits: ["unreachable"],
  break_until: null,
  paused_until: null,
  tray: true,
  shortcuts: null,
  drafts: 0,
  visibility_differs: 0,
};

it("a report holds codes and numbers", () => {
  const checks = [
    { name: "keyring", ok: false, message: "keyring_locked", hint: null },
    { name: "database", ok: true, message: "", hint: null },
  ];
  expect(report(checks, status, "linux", NOW)).toBe(
    [
      "Kossori, 2026-11-25T01:42Z",
      "platform: linux",
      "keyring: keyring_locked",
      "database: ok",
      "host: resident",
      "state: needs_you",
      "reason: keyring_locked",
      "waits: unreachable",
      "deliveries: queued 3, sent 12",
    ].join("\n"),
  );
});

it("nothing that a person or a server wrote gets into it", () => {
  const words = ["@haruka.dev", "/home/haruka/.local", "https://x.example", "神社の参道", "Two words"];
  for (const word of words) {
    const odd = { ...status, host: word, state: word, reason: word, waits: [word], counts: { [word]: 1 } };
    const told = report([{ name: word, ok: false, message: word, hint: word }], odd, word, NOW);
    expect(told).not.toContain(word);
  }
});

it("sizes are said as people read them", () => {
  expect([999, 412_345, 1_430_000, 14_300_000, 2_000_000_000].map(size)).toEqual([
    "999 B",
    "412 KB",
    "1.4 MB",
    "14 MB",
    "2 GB",
  ]);
});
