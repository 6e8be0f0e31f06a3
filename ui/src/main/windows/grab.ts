// A window or work hours under the pointer or the arrow keys: minutes of a day, moved as a whole or at one end.
import { time } from "./periods";

/** The shortest that can be set here; the form takes any. */
export const SHORTEST = 5;
const DAY = 1440;

/** Minutes since midnight; more than a day's together: it ends on the next one. */
export interface Shape {
  start: number;
  length: number;
}

export type Part = "all" | "start" | "end";

const clamp = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value));

export function minutes(text: string): number | null {
  const found = /^(\d{2}):(\d{2})$/.exec(time(text));
  const [hour, minute] = [Number(found?.[1]), Number(found?.[2])];
  const whole = hour * 60 + minute;
  return found && minute < 60 && whole <= DAY ? whole : null;
}

const clock = (at: number) =>
  `${String(Math.floor(at / 60)).padStart(2, "0")}:${String(at % 60).padStart(2, "0")}`;

/** null: the times cannot be read, or mean nothing. */
export function shapeOf({ from, to }: { from: string; to: string }): Shape | null {
  const [start, end] = [minutes(from), minutes(to)];
  if (start === null || end === null || start === end || start === DAY) return null;
  return { start, length: end > start ? end - start : end + DAY - start };
}

export function timesOf({ start, length }: Shape): { from: string; to: string } {
  const end = start + length;
  return { from: clock(start), to: clock(end <= DAY ? end : end - DAY) };
}

/** What ends within its day stays in it: past midnight only the form goes. */
export function moved(shape: Shape, part: Part, by: number): Shape {
  const { start, length } = shape;
  const overnight = start + length > DAY;
  if (part === "all") return { start: clamp(start + by, 0, overnight ? DAY - 1 : DAY - length), length };
  if (part === "end")
    return { start, length: clamp(length + by, SHORTEST, overnight ? DAY - SHORTEST : DAY - start) };
  const end = start + length;
  const least = Math.max(0, end - (overnight ? DAY - SHORTEST : DAY));
  const at = clamp(start + by, least, Math.min(DAY - 1, end - SHORTEST));
  return { start: at, length: end - at };
}

const edge = ({ start, length }: Shape, part: Part) => (part === "end" ? start + length : start);

/** To the next multiple of so many minutes, later or earlier. */
export function stepped(shape: Shape, part: Part, step: number, later: boolean): Shape {
  const at = edge(shape, part);
  const next = later ? (Math.floor(at / step) + 1) * step : (Math.ceil(at / step) - 1) * step;
  return moved(shape, part, next - at);
}

/** Dragged by so many minutes, to a multiple of five. */
export function dragged(shape: Shape, part: Part, by: number): Shape {
  const at = edge(shape, part);
  return moved(shape, part, Math.round((at + by) / SHORTEST) * SHORTEST - at);
}
