// Work hours change as a whole, and the host has no request that does it in one: the first of them replaces all, the others
// are added one by one. While it stands half done there are fewer than a person asked for, and posts could go out in them.
import type { PeriodInput } from "../../api.next";
import type { Bridge } from "../../bridge/bridge";
import type { Ask } from "../../bridge/host";

const DAY_MS = 86_400_000;

/** What is refused is refused before anything changes; what fails half way is put back, as soon as there is a host for it. */
export async function setHours(
  ask: Ask,
  onConnection: Bridge["onConnection"],
  wanted: readonly PeriodInput[],
  before: readonly PeriodInput[],
): Promise<void> {
  await tried(ask, wanted);
  try {
    await put(ask, wanted);
  } catch (thrown) {
    await putBack(ask, onConnection, before);
    throw thrown;
  }
}

/** The host reads them all, and draws them instead of its own for a day. */
async function tried(ask: Ask, hours: readonly PeriodInput[]): Promise<void> {
  const now = Date.now();
  const [from, to] = [new Date(now).toISOString(), new Date(now + DAY_MS).toISOString()];
  await ask("spans", { from, to, hours: [...hours] });
}

async function put(ask: Ask, hours: readonly PeriodInput[]): Promise<void> {
  const [first, ...rest] = hours;
  if (!first) await ask("hours_clear", {});
  else await ask("hours_set", { period: first });
  for (const period of rest) await ask("hours_add", { period });
}

async function putBack(ask: Ask, onConnection: Bridge["onConnection"], hours: readonly PeriodInput[]) {
  const again = () =>
    put(ask, hours).then(
      () => true,
      () => false,
    );
  if (await again()) return;
  const stop = onConnection((state) => {
    if (state === "connected")
      void again().then((done) => {
        if (done) stop();
      });
  });
}
