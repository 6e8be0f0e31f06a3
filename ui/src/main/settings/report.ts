// What helps to find a fault: codes and numbers. No text, no handle, no address and no path is in it.
import type { Check, Status } from "../../api.next";

/** A code of ours, and nothing that somebody could have written. */
const code = (text: string | null | undefined) => (/^[a-z][a-z0-9_]*$/.test(text ?? "") ? text : "-");

export function report(checks: readonly Check[], status: Status | null, platform: string, now: Date): string {
  const lines = checks.map(({ name, ok, message }) => `${code(name)}: ${ok ? "ok" : code(message)}`);
  const counts = Object.entries(status?.counts ?? {})
    .map(([state, count]) => `${code(state)} ${Number(count)}`)
    .join(", ");
  return [
    `Kossori, ${now.toISOString().slice(0, 16)}Z`,
    `platform: ${code(platform)}`,
    ...lines,
    `host: ${code(status?.host)}`,
    `state: ${code(status?.state)}`,
    `reason: ${code(status?.reason)}`,
    `waits: ${(status?.waits ?? []).map(code).join(", ") || "-"}`,
    `deliveries: ${counts || "-"}`,
  ].join("\n");
}
