import type { DeliveryView } from "../../api.next";

const SHOWN = 30;
const proved = (one: DeliveryView) => one.state === "sent" || one.parts_there.length > 0;
const final = (one: DeliveryView) => ["sent", "rejected", "missed", "left", "removed"].includes(one.state);

/** What is out, or parts of it; the last ones first. */
export function lately(all: readonly DeliveryView[]): DeliveryView[] {
  const out = all.filter((one) => final(one) && (proved(one) || one.deleted_at !== null));
  const time = (one: DeliveryView) => Date.parse(one.sent_at ?? "") || 0;
  return out.sort((a, b) => time(b) - time(a)).slice(0, SHOWN);
}
