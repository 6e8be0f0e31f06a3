import type { DeliveryView } from "../../api.next";
import { differs } from "./seen";

export const SHOWN = 30;
const proved = (one: DeliveryView) => one.state === "sent" || one.parts_there.length > 0;
const final = (one: DeliveryView) => ["sent", "rejected", "missed", "left", "removed"].includes(one.state);

/** What is out, or parts of it; the last ones first, and however old what others see than were meant to. */
export function lately(all: readonly DeliveryView[]): DeliveryView[] {
  const out = all.filter((one) => final(one) && (proved(one) || one.deleted_at !== null));
  const time = (one: DeliveryView) => Date.parse(one.sent_at ?? "") || 0;
  out.sort((a, b) => time(b) - time(a));
  return out.filter((one, index) => index < SHOWN || differs(one));
}
