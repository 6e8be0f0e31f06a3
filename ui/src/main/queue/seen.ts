// Who sees what is out, and what of it was taken down: nobody may miss that more people see it than were meant to.
import type { DeliveryView } from "../../api.next";
import { comma, find, t } from "../../words/words";

const word = (visibility: string) => find(`ui.visibility.${visibility}`) ?? visibility;

/** It is seen otherwise than asked for, until all of it is taken down. */
export const differs = (delivery: DeliveryView): boolean =>
  delivery.visibility_differs !== null && delivery.deleted_at === null;

/** More people see it than were meant to, or a part of it is gone: until all of it is. */
export function seenSentence(delivery: DeliveryView): string | null {
  const { deleted_at, parts_there, parts_sent, visibility_differs } = delivery;
  if (deleted_at) return null;
  if (delivery.deletable && parts_there.length < parts_sent)
    return t("ui.sent.partly", { left: parts_there.join(comma()) });
  if (!visibility_differs) return null;
  const { asked, got } = visibility_differs;
  return t("ui.sent.differs", { asked: word(asked), got: word(got) });
}

/** Of a thread whose rest waits nothing is taken down, until that is removed. */
export const restFirst = (delivery: DeliveryView): boolean =>
  differs(delivery) && ["queued", "held"].includes(delivery.state);
