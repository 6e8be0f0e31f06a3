import { language } from "../../words/words";

const UNITS = ["B", "KB", "MB", "GB"];

/** `412 KB`, `1.4 MB`: as file managers count, to two figures or whole. */
export function size(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && value < 10 ? 1 : 0;
  const shape = new Intl.NumberFormat(language(), { maximumFractionDigits: digits });
  return `${shape.format(value)} ${UNITS[unit]}`;
}
