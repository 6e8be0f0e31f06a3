// The one file that imports @tauri-apps/*.
import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import type { Bridge, What } from "./bridge";
import { systemLanguage } from "./language";

/** Each window hears what is said to it alone. */
const label: What = location.hash === "#main" ? "main" : "compose";
const target = { kind: "WebviewWindow", label } as const;
const heard: Promise<unknown>[] = [];

/** Subscribes at once and unsubscribes at any time, also before the shell has answered. */
function hear<T>(name: string, tell: (payload: T) => void): () => void {
  let done = false;
  const stop = listen<T>(
    name,
    (event) => {
      if (!done) tell(event.payload);
    },
    { target },
  );
  heard.push(stop);
  return () => {
    done = true;
    void stop.then((unlisten) => unlisten());
  };
}

function platform(): Bridge["platform"] {
  if (navigator.userAgent.includes("Mac")) return "macos";
  return navigator.userAgent.includes("Windows") ? "windows" : "linux";
}

export function tauriBridge(): Bridge {
  return {
    ask: (request) => invoke("ask", { request }),
    onEvent: (tell) => hear("host", tell),
    onConnection: (tell) => hear("connection", tell),
    onShow: (tell) => hear("show", tell),
    painted: () => invoke("painted"),
    // The shell tells at once how things stand: by then it must be heard.
    mounted: async () => {
      await Promise.all(heard);
      await invoke("mounted");
    },
    hide: () => invoke("hide"),
    keepOpen: (reason, on) => invoke("keep_open", { reason, on }),
    openMain: () => invoke("open_main"),
    openComposer: (draft) => invoke("open_composer", { draft }),
    openDraft: () => invoke("open_draft"),
    keepOpenDraft: (mark) => invoke("keep_open_draft", { mark }),
    onDraft: (tell) => hear("draft", tell),
    onLeaving: (keep) => hear("leaving", () => void keep().then((kept) => invoke("may_leave", { kept }))),
    pickPictures: () => invoke("pick_pictures"),
    pastedPicture: async () => {
      const bytes: ArrayBuffer = await invoke("pasted_picture");
      // Called as web views call one that they know of.
      return bytes.byteLength > 0 ? new File([bytes], "image.png") : null;
    },
    onDrop: (tell) => hear("drop", tell),
    openExternal: (url) => invoke("open_external", { url }),
    platform: platform(),
    systemLanguage: systemLanguage(globalThis.__KOSSORI__?.language, navigator.language),
    window: label,
  };
}
