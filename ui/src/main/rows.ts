// Rows of a list, by keyboard: each has a line that is opened, `.it > .open`.

export function lines(list: HTMLElement | undefined): HTMLElement[] {
  return [...(list?.querySelectorAll<HTMLElement>(".it > .open") ?? [])];
}

/** The focus goes on by so many rows. */
export function step(list: HTMLElement | undefined, by: number): void {
  const rows = lines(list);
  const at = rows.findIndex(
    (row) => row === document.activeElement || row.parentElement?.contains(document.activeElement),
  );
  rows[Math.max(0, Math.min(rows.length - 1, at + by))]?.focus();
}
