// The language of the desktop. A web view follows the C library's locale, which is English wherever the wished one was not
// generated; so the shell tells what it read from the environment.
declare global {
  /** Set by the shell before the page starts. */
  var __KOSSORI__: { language?: string } | undefined;
}

export function systemLanguage(told: string | undefined, viewed: string): "ja" | "en" {
  return (told ?? viewed).toLowerCase().startsWith("ja") ? "ja" : "en";
}
