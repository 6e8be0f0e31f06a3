// A part that is dragged by its handle. Where it would stand is marked; Esc leaves all as it was.
const BEGINS_PX = 5;

export class PartDrag {
  from = $state<number | null>(null);
  /** Where it would stand. */
  to = $state<number | null>(null);
  #pressed: { part: number; y: number } | null = null;

  constructor(private readonly done: (from: number, to: number) => void) {}

  begin(event: PointerEvent, part: number): void {
    if (event.button === 0 && event.isPrimary) this.#pressed = { part, y: event.clientY };
  }

  move({ clientX, clientY }: PointerEvent): void {
    const pressed = this.#pressed;
    if (!pressed || (this.from === null && Math.abs(clientY - pressed.y) < BEGINS_PX)) return;
    this.from = pressed.part;
    const under = document.elementFromPoint(clientX, clientY)?.closest<HTMLElement>("[data-part-row]");
    this.to = under ? Number(under.dataset.partRow) : null;
  }

  drop(): void {
    const { from, to } = this;
    this.cancel();
    if (from !== null && to !== null && from !== to) this.done(from, to);
  }

  cancel(): void {
    Object.assign(this, { from: null, to: null });
    this.#pressed = null;
  }

  key(event: KeyboardEvent): void {
    if (this.from === null || event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    this.cancel();
  }
}
