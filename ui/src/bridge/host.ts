// The bridge as the rest of the page uses it: typed questions, and what a rejection means.
import type { Answers, Problem, Request } from "../api.next";
import type { Bridge } from "./bridge";

type Question<K extends keyof Answers> = Omit<Extract<Request, { do: K }>, "do">;

export type Ask = <K extends keyof Answers>(what: K, about: Question<K>) => Promise<Answers[K]>;

declare global {
  /** A host put there before the page starts; the tests do. */
  var kossoriBridge: Bridge | undefined;
}

export function asker(bridge: Bridge): Ask {
  return (what, about) => bridge.ask({ do: what, ...about } as unknown as Request);
}

/** Whatever was thrown, as a problem that can be shown. */
export function problemOf(thrown: unknown): Problem {
  if (typeof thrown === "object" && thrown !== null && "code" in thrown) return thrown as Problem;
  return { code: "internal" };
}

/** The answer was lost or never given: it may have been carried out. */
export function isUnanswered(problem: Problem): boolean {
  return problem.code === "host_gone" || problem.code === "retiring" || problem.code === "busy_retry";
}
