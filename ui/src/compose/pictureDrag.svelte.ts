// A picture that is dragged: by the pointer itself, for a desktop's own dragging belongs to files that come in. Where it
// would stand is marked; nothing is moved before it is let go, and Esc leaves all as it was.
import type { Place } from "./order";
import { placeOf } from "./order";
import type { Attached } from "./pictures";

/** Less is a click. */
const BEGINS_PX = 5;
/** As near to an end of the strips, what lies beyond it comes. */
const NEAR_PX = 18;
const SCROLLS_PX = 10;

function scroll(strips: HTMLElement | null | undefined, y: number): void {
  const box = strips?.getBoundingClientRect();
  if (!strips || !box) return;
  if (y < box.top + NEAR_PX) strips.scrollTop -= SCROLLS_PX;
  else if (y > box.bottom - NEAR_PX) strips.scrollTop += SCROLLS_PX;
}

export class Drag {
  id = $state<string | null>(null);
  over = $state.raw<Place | null>(null);
  /** Which picture it would stand beside; null with `over`: at the end of a part. */
  beside = $state.raw<{ id: string; after: boolean } | null>(null);
  /** The click that ends it is none. */
  dropped = false;
  #pressed: { id: string; x: number; y: number } | null = null;

  constructor(
    private readonly all: () => readonly Attached[],
    private readonly done: (id: string, to: Place) => void,
  ) {}

  begin(event: PointerEvent, id: string): void {
    this.dropped = false;
    if (event.button !== 0 || !event.isPrimary) return;
    this.#pressed = { id, x: event.clientX, y: event.clientY };
  }

  move({ clientX, clientY }: PointerEvent): void {
    const from = this.#pressed;
    if (!from) return;
    if (this.id === null && Math.hypot(clientX - from.x, clientY - from.y) < BEGINS_PX) return;
    this.id = from.id;
    this.#look(document.elementFromPoint(clientX, clientY), clientY);
  }

  drop(): void {
    const { id, over } = this;
    this.#end();
    if (id !== null && over) this.done(id, over);
    // The click comes with the button that goes up; the next one is a click again.
    setTimeout(() => {
      this.dropped = false;
    });
  }

  cancel(): void {
    this.#end();
  }

  key(event: KeyboardEvent): void {
    if (this.id === null || event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    this.cancel();
  }

  #end(): void {
    if (this.id !== null) this.dropped = true;
    Object.assign(this, { id: null, over: null, beside: null });
    this.#pressed = null;
  }

  #look(under: Element | null, y: number): void {
    const all = this.all();
    const part = under?.closest<HTMLElement>(".to-part")?.dataset.part;
    scroll(under?.closest<HTMLElement>(".strips"), y);
    const strip = under?.closest<HTMLElement>(".strip[data-id]");
    const beside = strip?.dataset.id;
    Object.assign(this, { over: null, beside: null });
    if (part !== undefined) this.over = { part: Number(part), at: all.length };
    if (!strip || !beside || beside === this.id) return;
    const box = strip.getBoundingClientRect();
    const after = y > box.top + box.height / 2;
    const place = placeOf(all, beside);
    const own = placeOf(all, this.id ?? "");
    if (!place || !own) return;
    // Its own place is not counted among the others.
    const gone = own.part === place.part && own.at < place.at ? 1 : 0;
    this.beside = { id: beside, after };
    this.over = { part: place.part, at: place.at - gone + (after ? 1 : 0) };
  }
}
