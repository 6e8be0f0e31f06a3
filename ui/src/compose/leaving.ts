// The person quits. Keys of the moment before are still on their way here, one after another: all is kept only once no
// more of them come.
import type { Writing } from "./writing.svelte";

/** Longer than a key takes from the window to its text, also on a busy machine. */
export const STILL_MS = 60;

/** Whether nothing is lost if the program ends now. The shell does not wait for ever. */
export async function keptToTheLast(
  writing: Pick<Writing, "kept" | "bytes">,
  still = noMoreKeysCome,
): Promise<boolean> {
  for (;;) {
    const { bytes } = writing;
    if (!(await writing.kept())) return false;
    await still();
    if (writing.bytes === bytes) return true;
  }
}

/** Nobody types into a window that is hidden, and its timers are slow. */
const noMoreKeysCome = () => new Promise<void>((go) => setTimeout(go, document.hidden ? 0 : STILL_MS));
