// What the page may ask of its shell. tauri.ts implements it for the program, the tests' fake host for themselves.
import type { HostEvent, Request } from "../api.next";

export type Connection = "connected" | "starting" | "gone";
export type StayOpen = "pinned" | "dialog" | "sign_in" | "composing" | "dragging" | "text" | "unsaved";
export type Drop = { kind: "over" } | { kind: "left" } | { kind: "dropped"; paths: string[] };
export type What = "compose" | "main";

export interface Bridge {
  /** Resolves with the request's answer, rejects with a `Problem`. */
  ask<T>(request: Request): Promise<T>;
  onEvent(tell: (event: HostEvent) => void): () => void;
  /** "connected": the host answers; "starting": it is being started (again); "gone": it could not be. */
  onConnection(tell: (state: Connection) => void): () => void;
  onShow(tell: (what: What) => void): () => void;
  /** There is something to be seen: now the window may be shown. */
  painted(): Promise<void>;
  /** The page is there and listens. */
  mounted(): Promise<void>;
  hide(): Promise<void>;
  /** For as long as one reason is on, the window stays when it loses the focus. */
  keepOpen(reason: StayOpen, on: boolean): Promise<void>;
  openMain(): Promise<void>;
  /** There is one composer, in its own window: it comes to the front, and goes on with this draft. */
  openComposer(draft: string | null): Promise<void>;
  /** What the composer noted last of the draft that is open, in a program that has ended too. */
  openDraft(): Promise<string | null>;
  /** An id or a moment, never text; on the disk when this resolves. */
  keepOpenDraft(mark: string | null): Promise<void>;
  onDraft(tell: (id: string) => void): () => void;
  /** The person quits: the shell waits a moment until this page has kept what was typed, and hears whether it could. */
  onLeaving(keep: () => Promise<boolean>): () => void;
  /** The system's file picker; absolute paths. */
  pickPictures(): Promise<string[]>;
  /** The picture on the clipboard, for web views that tell a paste nothing of it. */
  pastedPicture(): Promise<File | null>;
  onDrop(tell: (event: Drop) => void): () => void;
  openExternal(url: string): Promise<void>;
  platform: "linux" | "macos" | "windows";
  systemLanguage: "ja" | "en";
  /** Which of the two windows this page is in. */
  window: What;
}
