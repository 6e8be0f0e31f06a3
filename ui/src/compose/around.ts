// What a post is made around: one that it answers, quotes or hands on, or the account's own last thread.
import type { AccountView } from "../api.next";
import type { Rest } from "./written";

export const WAYS = ["reply", "quote", "repost"] as const;
export type Way = (typeof WAYS)[number];

type Refers = AccountView["refers"];
const HAS = { reply: "replies", quote: "quotes", repost: "reposts" } as const satisfies Record<
  Way,
  keyof Refers
>;

/** What all of them can do: a wish that one of them cannot meet is refused, and nothing is queued. */
export function ways(accounts: readonly AccountView[]): Way[] {
  const all = (way: Way) => accounts.every(({ refers }) => refers?.[HAS[way]]);
  return accounts.length === 0 ? [] : WAYS.filter(all);
}

/** Their own servers ring nobody for a reply. What other servers do nobody here can say. */
export function quietly(accounts: readonly AccountView[]): boolean {
  return accounts.length > 0 && accounts.every(({ refers }) => refers?.quiet_replies);
}

export function isAddress(url: string): boolean {
  return /^https?:\/\/[^\s/?#]+\S*$/i.test(url);
}

/** A repost stands alone; what is answered is answered once. */
export function made(rest: Rest, way: Way, url: string): Rest {
  const alone = { reply_to: null, quote: null, repost: null, quiet_reply: false };
  if (way === "repost") return { ...rest, ...alone, repost: url };
  if (way === "quote") return { ...rest, repost: null, quote: url };
  return { ...rest, repost: null, quiet_reply: false, reply_to: url };
}

export function quiet(rest: Rest): Rest {
  return { ...rest, reply_to: null, repost: null, quiet_reply: true };
}
