// What a form means, in plain words.
import type { DeliveryView } from "../../api.next";
import { joined } from "../../compose/bells";
import { addDays, clockOf, dayOf } from "../../time/moment";
import { type Days, mondayOf, openSpans } from "../../time/spans";
import { language, t } from "../../words/words";
import { daysText, type Edited, time } from "./periods";

const TIME = /^([01]\d|2[0-3]):[0-5]\d$|^24:00$/;

function date(day: string): string {
  const at = new Date(`${day}T00:00`);
  // A field of the page takes years that no calendar here has.
  if (Number.isNaN(at.getTime())) return day;
  const shape = new Intl.DateTimeFormat(language() === "ja" ? "ja" : "en-GB", { dateStyle: "long" });
  return shape.format(at);
}

function dates({ first_day, last_day }: Edited): string[] {
  if (first_day && last_day)
    return [t("ui.windows.says_between", { from: date(first_day), to: date(last_day) })];
  if (first_day) return [t("ui.windows.says_from", { day: date(first_day) })];
  return last_day ? [t("ui.windows.says_until", { day: date(last_day) })] : [];
}

function holidays({ holidays }: Edited): string {
  if (holidays === "skip") return t("ui.windows.says_skip");
  return holidays === "also" ? t("ui.windows.says_also") : t("ui.windows.says_usual");
}

/** Sentences; none while there is a time that cannot be read, or no day. */
export function says(kind: "window" | "hours", one: Edited, handles: string[]): string[] {
  const [from, to] = [time(one.from), time(one.to)];
  if (!TIME.test(from) || !TIME.test(to) || from === to || one.days.length === 0) return [];
  const args = { from, to, day: daysText(one.days) };
  return [
    kind === "window" ? t("ui.windows.says", args) : t("ui.windows.says_hours", args),
    ...(to < from ? [t("ui.windows.says_overnight")] : []),
    holidays(one),
    ...(handles.length > 0 ? [t("ui.windows.says_accounts", { account: joined(handles) })] : []),
    ...(one.zone ? [t("ui.windows.says_zone", { zone: one.zone })] : []),
    ...dates(one),
  ];
}

/** How often it is open this week, as the host tells, and what is planned in it. A stretch cut in two counts once. */
export function thisWeek(
  name: string,
  view: Edited,
  days: Days,
  deliveries: DeliveryView[],
  now: Date,
): string {
  const monday = mondayOf(now);
  const until = addDays(monday, 7);
  const late = time(view.to) < time(view.from);
  const began = openSpans(days, monday, until)
    .filter(({ window }) => window === name)
    // Past midnight it is still the day before's, and before Monday's none of this week's.
    .map(({ from }) => (late && !view.zone && clockOf(from) < time(view.from) ? addDays(from, -1) : from))
    .filter((from) => from >= monday);
  const times = new Set(began.map(dayOf)).size;
  const planned = deliveries.filter(({ window, planned_at }) => {
    const at = planned_at === null ? null : new Date(planned_at);
    return window === name && at !== null && monday <= at && at < until;
  }).length;
  if (times === 0) return t("ui.windows.week_none");
  const sends =
    planned === 0
      ? t("ui.windows.sends_none")
      : planned === 1
        ? t("ui.windows.sends_one")
        : t("ui.windows.sends", { count: planned });
  return times === 1
    ? t("ui.windows.week_one", { what: sends })
    : t("ui.windows.week", { count: times, what: sends });
}
