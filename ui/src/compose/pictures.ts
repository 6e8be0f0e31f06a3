// Pictures come in: picked and dropped files as paths, pasted ones in chunks. The host cleans them and keeps them.
import type { PictureAdded } from "../api.next";
import type { Ask } from "../bridge/host";

const CHUNK_BYTES = 512 * 1024;
export const MOST_BYTES = 50 * 1024 * 1024;

export interface Attached {
  id: string;
  alt: string;
  bytes: number;
  /** Metadata was there and is gone; null: it was cleaned in an earlier session. */
  removed: boolean | null;
}

export function attached(added: PictureAdded): Attached {
  return { id: added.id, alt: added.alt, bytes: added.bytes, removed: added.removed };
}

export async function upload(ask: Ask, bytes: Uint8Array): Promise<PictureAdded> {
  if (bytes.length > MOST_BYTES) throw { code: "picture_too_large", args: { file: "" } };
  const { upload } = await ask("picture_begin", { bytes: bytes.length });
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    await ask("picture_chunk", { upload, at, base64: base64(bytes.subarray(at, at + CHUNK_BYTES)) });
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
