/** 1 is Monday. */
export function weekday(day: string): number {
  const date = new Date(`${day}T12:00:00Z`);
  return date.getUTCDay() === 0 ? 7 : date.getUTCDay();
}
