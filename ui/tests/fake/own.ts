// Days off, closed periods, overtime and holidays of the practice world.
import type { Request } from "../../src/api.next";
import { readDate, refuse, spread } from "./answers";
import { momentIn } from "./calendar";
import { draw } from "./plan";
import { nextId, stamp, type World } from "./world";

/** `2026-12-28 00:00`, RFC 3339, or a time of today. */
export function readTime(text: string, now: number): number {
  const civil = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}):(\d{2})$/.exec(text);
  if (civil) return momentIn(null, civil[1] ?? "", Number(civil[2]) * 60 + Number(civil[3])).getTime();
  const today = /^(\d{2}):(\d{2})$/.exec(text);
  if (today) {
    const at = new Date(now).setHours(Number(today[1]), Number(today[2]), 0, 0);
    return at > now ? at : at + 86_400_000;
  }
  const at = Date.parse(text);
  return Number.isNaN(at) ? refuse("bad_time", { text }) : at;
}

function duration(text: string): number {
  const found = /^(\d+)([mhd])$/.exec(text) ?? refuse("bad_duration", { text });
  return Number(found[1]) * { m: 60_000, h: 3_600_000, d: 86_400_000 }[found[2] as "m" | "h" | "d"];
}

const COMING = [
  ["2027-01-01", "new_year"],
  ["2027-01-11", "coming_of_age"],
  ["2027-02-11", "foundation"],
  ["2027-02-23", "emperor"],
  ["2027-03-21", "vernal_equinox"],
  ["2027-03-22", "substitute"],
  ["2027-04-29", "showa"],
  ["2027-05-03", "constitution"],
  ["2027-05-04", "greenery"],
  ["2027-05-05", "children"],
  ["2027-11-23", "labour"],
].map(([date = "", name = ""]) => ({ date, name }));

/** The answer, or undefined: it is another's request. */
export function ownTime(world: World, request: Request, now: number): unknown {
  const again = () =>
    spread(
      world,
      now,
      draw(world, now, () => true),
    );
  switch (request.do) {
    case "pause":
      world.pausedUntil = request.duration === null ? null : now + duration(request.duration);
      return spread(world, now);
    case "closed_list":
      return { closed: world.closed };
    case "closed_add": {
      const [from, to] = [readTime(request.from, now), readTime(request.to, now)];
      if (to <= from) refuse("closed_backwards");
      const id = nextId(world, "closed");
      world.closed.push({ id, from: stamp(from), to: stamp(to) });
      return { id, ...again() };
    }
    case "closed_remove":
      if (!world.closed.some(({ id }) => id === request.id)) refuse("unknown_closed", { id: request.id });
      world.closed = world.closed.filter(({ id }) => id !== request.id);
      return again();
    case "day_off_list":
      return { days: [...world.daysOff].sort() };
    case "day_off":
      world.daysOff = [...new Set([...world.daysOff, readDate(request.date ?? stamp(now).slice(0, 10))])];
      return again();
    case "day_off_remove": {
      const date = readDate(request.date);
      if (!world.daysOff.includes(date)) refuse("unknown_day_off", { day: date });
      world.daysOff = world.daysOff.filter((day) => day !== date);
      return again();
    }
    case "overtime": {
      const until = readTime(request.until, now);
      if (until <= now) refuse("time_is_past", { text: request.until });
      world.overtime = { from: stamp(now), until: stamp(until) };
      return again();
    }
    case "overtime_show":
      return world.overtime ?? { from: null, until: null };
    case "overtime_end":
      if (!world.overtime) refuse("no_overtime");
      world.overtime = null;
      return again();
    case "holidays_show":
    case "holidays_set": {
      if (request.do === "holidays_set") world.holidayTable = request.table;
      const jp = world.holidayTable === "jp";
      return {
        table: world.holidayTable,
        covered_from: jp ? 1970 : null,
        covered_to: jp ? 2050 : null,
        coming: jp ? COMING : [],
        moved: request.do === "holidays_set" ? draw(world, now, () => true) : [],
      };
    }
    default:
      return undefined;
  }
}
