// How far apart posts go, as the engine sets it: the first change of an account gives it a spacing of its own, until it is given up.
import { type Call, refuse } from "./answers";
import { draw } from "./plan";
import type { World } from "./world";

export function spacingAsAll(world: World, { account }: Call<"spacing_as_all">, now: number) {
  if (!world.accounts.some(({ id }) => id === account)) refuse("unknown_account", { account });
  delete world.ownSpacing[account];
  return { default: world.spacing, accounts: world.ownSpacing, moved: draw(world, now) };
}

export function spacingSet(world: World, call: Call<"spacing_set">, now: number) {
  const { account } = call;
  if (account !== null) {
    if (!world.accounts.some(({ id }) => id === account)) refuse("unknown_account", { account });
    if (call.persona_gap_minutes !== null) refuse("usage", { text: "--persona-gap" });
    world.ownSpacing[account] ??= { ...world.spacing };
  }
  const part = account === null ? world.spacing : world.ownSpacing[account];
  for (const key of ["gap_minutes", "per_window", "jitter", "persona_gap_minutes"] as const)
    if (call[key] !== null) Object.assign(part ?? {}, { [key]: call[key] });
  return { default: world.spacing, accounts: world.ownSpacing, moved: draw(world, now) };
}
