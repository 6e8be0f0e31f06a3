import { type Days, daysOf, usualRange } from "../../src/time/spans";
import { told } from "../fake/plan";
import { emptyWorld } from "../fake/world";

/** What a page would know of a new folder then. */
export function knownOn(now: string): Days {
  const [from, to] = usualRange(new Date(now));
  return daysOf(from, to, told(emptyWorld(), from, to, null));
}
