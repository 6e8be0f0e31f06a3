// What the form of a network's sign-in asks for, and in which order it explains it.
import { type Field, NETWORKS, type Network, type Way } from "../../networks.gen";
import { find } from "../../words/words";

export type Given = Record<Field, string>;

export const networks = (names?: readonly string[]): readonly Network[] =>
  names ? NETWORKS.filter((network) => names.includes(network.name)) : NETWORKS;

/** Whether posting there costs money. */
export const isPaid = (name: string): boolean =>
  NETWORKS.some((network) => network.name === name && network.paid);

/** What is asked for in this way: an app's secret only where the sign-in goes through the person's own app. */
export function fields(network: Network, way: Way): { name: Field; required: boolean }[] {
  const byBrowser = way === "browser" || way === "paste";
  // Of networks of one operator the server is for tests; where a handle is asked for it is a person's own.
  const own = network.required.includes("handle");
  // A token is renewed under the client that it was given to, where each person has their own.
  const renews = network.required.includes("client_id");
  const asked = (name: Field) =>
    !(name === "server" && network.optional.includes("server") && !own) &&
    (byBrowser || !["client_id", "client_secret"].includes(name) || (name === "client_id" && renews));
  const app = byBrowser && network.optional.includes("client_id");
  return [
    ...network.required.filter(asked).map((name) => ({ name, required: byBrowser || name !== "client_id" })),
    ...network.optional.filter(asked).map((name) => ({ name, required: app && name.startsWith("client") })),
  ];
}

export const wantsSecret = (way: Way): boolean => way === "app_password" || way === "token";

/** Step by step how a newcomer gets what the form asks for. */
export function steps(network: Network, way: Way): string[] {
  const all: string[] = [];
  const addresses = network.ports.map((port) => `http://127.0.0.1:${port}/`).join(" ");
  for (let n = 1; ; n += 1) {
    const step = find(`ui.steps.${network.name}.${way}.${n}`, { addresses });
    if (step === null) return all;
    all.push(step);
  }
}

/** Where an address stands in a step: it is copied whole, and never broken at the end of a line. */
const ADDRESS = /((?:https?:\/\/)?(?:[\w-]+\.)+\w+(?::\d+)?(?:\/(?:[\w./-]*[\w/-])?)?)/;

export const pieces = (step: string): { text: string; address: boolean }[] =>
  step
    .split(ADDRESS)
    .map((text, n) => ({ text, address: n % 2 === 1 }))
    .filter((piece) => piece.text !== "");

/** Whether it shows others which app a post came from, by the name that was told at the sign-in. */
export const showsApp = (network: Network): boolean =>
  network.ways.includes("browser") && network.required.includes("server");

/** The app's name is told by the browser's ways alone: a token has its own. */
export const tellsApp = (network: Network, way: Way): boolean =>
  showsApp(network) && (way === "browser" || way === "paste");

/** How to begin when an account is signed in again: an app password does not end, so what ends came otherwise. */
export function wayAgain(network: Network, session_ends_at: string | null): Way {
  const came = network.ways.find((way) => session_ends_at === null || way !== "app_password");
  return came ?? network.ways[0] ?? "token";
}

const plain = (text: string) => text.normalize("NFKC").trim();

export const handleOf = (text: string): string | null => plain(text).replace(/^@/, "") || null;

export function serverOf(text: string): string | null {
  const given = plain(text);
  return given === "" ? null : given.includes("://") ? given : `https://${given}`;
}

export const textOf = (text: string): string | null => plain(text) || null;
