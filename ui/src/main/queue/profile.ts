// Where a person sees their own posts; practice has no such page.
import type { AccountView } from "../../api.next";

export function profileUrl({ network, server, handle }: AccountView): string | null {
  if (network === "bluesky") return `https://bsky.app/profile/${encodeURIComponent(handle)}`;
  if (network !== "mastodon" || !/^https?:\/\//.test(server)) return null;
  return `${server.replace(/\/$/, "")}/@${encodeURIComponent(handle.replace(/^@/, "").split("@")[0] ?? "")}`;
}
