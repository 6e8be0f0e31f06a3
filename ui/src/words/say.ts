// Codes of the host's answers as sentences: the same catalogue as the command line's, with the window's own next steps.
import type { FindingView, Problem } from "../api.next";
import { NETWORKS } from "../networks.gen";
import { isMoment, moment } from "../time/moment";
import { type Args, find, t } from "./words";

export interface Sentence {
  message: string;
  next: string | null;
  code: string;
}

function readable(args: Args, now: Date): Args {
  return Object.fromEntries(
    Object.entries(args).map(([name, value]) => [
      name,
      isMoment(String(value)) ? moment(String(value), now) : value,
    ]),
  );
}

export function sentence(problem: Problem, now = new Date()): Sentence {
  const args = readable(problem.args ?? {}, now);
  const { way_back } = args;
  const next = way_back === undefined ? problem.code : `${problem.code}_${way_back}`;
  return {
    message:
      find(`ui.error.${problem.code}`, args) ??
      find(`error.${problem.code}`, args) ??
      find("error.internal") ??
      problem.code,
    next: find(`ui.hint.${next}`, args) ?? find(`hint.${next}`, args),
    code: problem.code,
  };
}

/** What is counted in a finding: one of it has words of its own. */
const COUNTED: Readonly<Record<string, string>> = {
  too_long: "over",
  alt_too_long: "over",
  too_many_bytes: "over",
  too_many_links: "max",
  too_many_pictures: "max",
  too_many_parts: "max",
};

export function findingText(finding: FindingView, now = new Date()): string {
  const args = { ...readable(finding.args ?? {}, now) };
  if (typeof args.network === "string") args.network = networkName(args.network);
  if (typeof args.visibility === "string") {
    args.visibility = find(`ui.visibility.${args.visibility}`) ?? args.visibility;
  }
  const many = COUNTED[finding.rule];
  const one = many && String(args[many]) === "1" ? find(`finding.${finding.rule}_one`, args) : null;
  return one ?? find(`finding.${finding.rule}`, args) ?? finding.rule;
}

/** What a server's no means, and what can be done about it. */
export function serverSaid(said: string | null): string[] {
  return [find(`said.${said}`), find(`said_next.${said}`)].filter((sentence) => sentence !== null);
}

/** A window's title: its own, or, of those that every folder begins with, the one in the reader's language. */
export function windowTitle(name: string, title = ""): string {
  return title !== "" ? title : (find(`window.${name}`) ?? name);
}

const titleOf = (network: string) => NETWORKS.find((one) => one.name === network)?.title ?? network;

export function networkName(network: string): string {
  return network === "practice" ? t("ui.network.practice") : titleOf(network);
}

/** The letter in the mark, or two where another network before it has the same one: never a logo. */
export function networkLetter(network: string): string {
  if (network === "practice") return t("ui.network.practice_letter");
  const title = titleOf(network);
  const same = NETWORKS.find((one) => one.title.charAt(0) === title.charAt(0));
  return same && same.name !== network ? title.slice(0, 2) : title.charAt(0).toUpperCase();
}

export function reasonText(reason: string): string {
  return find(`reason.${reason}`) ?? reason;
}

export function stateText(state: string): string {
  return find(`state.${state}`) ?? state;
}
