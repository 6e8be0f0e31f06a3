// Civil times of a named zone as moments. Without a name: the zone of this machine, as the host has it too.

const shapes = new Map<string, Intl.DateTimeFormat>();

function shape(zone: string): Intl.DateTimeFormat {
  const known = shapes.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  shapes.set(zone, made);
  return made;
}

/** How far the zone's clocks are ahead of UTC at that moment, in milliseconds. */
function offset(zone: string, at: number): number {
  const parts = new Map(
    shape(zone)
      .formatToParts(at)
      .map((part) => [part.type, Number(part.value)]),
  );
  const n = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  const civil = Date.UTC(n("year"), n("month") - 1, n("day"), n("hour"), n("minute"), n("second"));
  return civil - Math.floor(at / 1000) * 1000;
}

/** `day` as `2026-11-25`; `minutes` since its midnight, 1440 and more for the next day. */
export function momentIn(zone: string | null, day: string, minutes: number): Date {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  if (zone === null) return new Date(year, month - 1, date, 0, minutes);
  const civil = Date.UTC(year, month - 1, date, 0, minutes);
  const guess = civil - offset(zone, civil);
  return new Date(civil - offset(zone, guess));
}
