// From keys that are held to how the host says them: `Ctrl+Alt+K`.

export interface Pressed {
  key: string;
  code: string;
  ctrlKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
  metaKey: boolean;
}

/** Null while only Ctrl and the like are held, or with a key that is none for this. */
export function pressed(event: Pressed): string | null {
  const key = named(event);
  if (!key || !(event.ctrlKey || event.altKey || event.metaKey)) return null;
  const held = [
    event.ctrlKey && "Ctrl",
    event.altKey && "Alt",
    event.shiftKey && "Shift",
    event.metaKey && "Super",
  ];
  return [...held.filter(Boolean), key].join("+");
}

function named({ key, code }: Pressed): string | null {
  if (key === " " || code === "Space") return "Space";
  if (/^F([1-9]|1[0-2])$/.test(key)) return key;
  if (/^[a-z0-9]$/i.test(key)) return key.toUpperCase();
  // With Alt or Shift held a key may give another letter than its own.
  const own = /^(?:Key|Digit)([A-Z0-9])$/.exec(code);
  return own?.[1] ?? null;
}
