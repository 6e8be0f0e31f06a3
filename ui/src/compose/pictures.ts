// Pictures come in: picked and dropped files as paths, pasted ones in chunks. The host cleans them and keeps them.
import type { PictureAdded } from "../api.next";
import type { Ask } from "../bridge/host";

/** As base64 in a frame of the link, which is 1 MiB, with room to spare. */
const CHUNK_BYTES = 512 * 1024;
/** The host's own limit: what is over it need not be sent to be refused. */
export const MOST_BYTES = 64 * 1024 * 1024;

export interface Attached {
  id: string;
  alt: string;
  bytes: number;
  /** Metadata was there and is gone; null: it was cleaned in an earlier session. */
  removed: boolean | null;
  /** Which piece of a thread it goes with; 0: the first. */
  part: number;
}

export function attached(added: PictureAdded, part = 0): Attached {
  return { id: added.id, alt: added.alt, bytes: added.bytes, removed: added.removed, part };
}

/** Read as it goes: no more than a chunk of it is in the page's memory. */
export async function upload(ask: Ask, file: Blob): Promise<PictureAdded> {
  if (file.size > MOST_BYTES) throw { code: "picture_too_large" };
  const { upload } = await ask("picture_begin", { bytes: file.size });
  for (let at = 0; at < file.size; at += CHUNK_BYTES) {
    const chunk = new Uint8Array(await file.slice(at, at + CHUNK_BYTES).arrayBuffer());
    await ask("picture_chunk", { upload, at, base64: base64(chunk) });
  }
  return ask("picture_end", { upload });
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192)
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

export function size(bytes: number): string {
  if (bytes < 1024 * 1024) return `${Math.max(1, Math.round(bytes / 1024))} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
