// Why not sooner, in a word and in sentences.
import type { DeliveryView, PlanView } from "../../api.next";
import { moment } from "../../time/moment";
import { reasonText } from "../../words/say";
import { find, t } from "../../words/words";

/** What the eye needs beside the line: only what is not plain from its time. */
export function shortWhy(delivery: DeliveryView, plan: PlanView | undefined): string {
  const plain = ["outside_window", "queued", "jitter"];
  const codes = (plan?.why_not_sooner ?? []).map((why) => why.code).filter((code) => !plain.includes(code));
  const code = codes.at(-1) ?? delivery.reason;
  if (!code || plain.includes(code) || code === "hold") return "";
  return reasonText(code);
}

/** What it has waited for too long, and what to do about it. */
export function longWait(delivery: DeliveryView): string {
  return (delivery.waits && find(`wait.${delivery.waits}`)) || "";
}

export function whySentences(plan: PlanView | undefined, now: Date): string[] {
  return (plan?.why_not_sooner ?? []).flatMap((why) => {
    const said = find(`why.${why.code}`);
    if (!said) return [];
    return [why.until ? t("why.until", { why: said, time: moment(why.until, now) }) : said];
  });
}
