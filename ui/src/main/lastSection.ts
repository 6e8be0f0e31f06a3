// Which section the main window showed last: it opens with that one again.
import { SECTIONS, type Section } from "./sections";

const KEPT = "kossori.section";

export function lastSection(): Section {
  try {
    const kept = localStorage.getItem(KEPT);
    return SECTIONS.find(({ name }) => name === kept)?.name ?? "queue";
  } catch {
    return "queue";
  }
}

export function keepSection(section: Section): void {
  try {
    localStorage.setItem(KEPT, section);
  } catch {
    // Without a disk to note it on, it opens with the queue.
  }
}
