// Another time for a delivery, as the engine judges it.
import { type Call, refuse, the } from "./answers";
import { draw } from "./plan";
import { stamp, type World } from "./world";

const momentOf = (text: string) => new Date(text.replace(" ", "T")).getTime();

/** An exact time keeps its distance from those of other personas, and ends with its day if nobody says otherwise. */
export function queueWhen(world: World, call: Call<"queue_when">, now: number) {
  const d = the(world, call.id);
  if (["sending", "unknown"].includes(d.state)) refuse("already_sending");
  if (!["queued", "held", "claimed", "staged"].includes(d.state)) refuse("not_possible_now");
  const { when } = call;
  const exact = typeof when === "object" && "at" in when ? momentOf(when.at) : null;
  if (typeof when === "object" && "window" in when && !world.windows.some((w) => w.name === when.window))
    refuse("unknown_window", { name: when.window });
  if (exact !== null) {
    if (exact < now) refuse("time_is_past");
    const persona = (id: string) => world.accounts.find((a) => a.id === id)?.persona;
    const distance = world.spacing.persona_gap_minutes * 60_000;
    const near = world.queue.find(
      (other) =>
        other.id !== d.id &&
        typeof other.when === "object" &&
        "at" in other.when &&
        persona(other.account) !== persona(d.account) &&
        Math.abs(momentOf(other.when.at) - exact) < distance,
    );
    if (near) refuse("persona_too_near", { free: stamp((near.planned ?? exact) + distance) });
  }
  const given = call.expires ?? null;
  if (given !== null && momentOf(given) <= now) refuse("time_is_past", { text: given });
  const wasExact = typeof d.when === "object" && "at" in d.when;
  const midnight = (at: number) => new Date(at).setHours(24, 0, 0, 0);
  if (given !== null) d.expires_at = stamp(momentOf(given));
  else if (exact !== null) d.expires_at = stamp(midnight(exact));
  else if (wasExact) d.expires_at = null;
  Object.assign(d, { when, override_window: call.override_window, planned: null });
  return { moved: draw(world, now) };
}
