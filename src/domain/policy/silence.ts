import { say } from "../../words/en.ts";
import { KIND_ROWS, type Kind } from "../kinds/all.ts";
import type { Ruling } from "../shapes/ruling.ts";
import type { Fallback } from "../shapes/vocabulary.ts";
import type { PolicySource } from "./source.ts";

/** What is done when nobody answers, as the file says it. */
export type Silence = {
  fallback?: Fallback | undefined;
  transfer_to?: PolicySource["defaults"]["transfer_to"];
};

/** The words of the first that says anything about it, else of the defaults. */
export const silenceOf = (source: PolicySource, ...wants: Silence[]): Silence =>
  wants.find((one) => one.fallback !== undefined) ?? source.defaults;

/** The queues it goes on to, one after the other. */
export const hopsOf = ({ fallback, transfer_to: to }: Silence): string[] =>
  fallback !== "transfer" || to === undefined ? [] : [to].flat();

const SILENCE: Record<Exclude<Fallback, "transfer">, string> = {
  reject: say.cards.rejectedByPolicy,
  approve: say.cards.approvedByPolicy,
  fail: say.cards.endedAsFailed,
};

/** What becomes of what nobody confirmed. */
export const unconfirmedWords = (unconfirmed: NonNullable<Ruling["review"]>["unconfirmed"]): string =>
  unconfirmed === "keep" ? say.cards.keptByPolicy : say.cards.rolledBackByPolicy;

/** What silence does, in the words that stand on a card. */
export function silenceWords(kind: Kind, { fallback, transferTo }: Pick<Ruling, "fallback" | "transferTo">): string {
  if (fallback === "transfer") return say.cards.handedToQueue(transferTo[0]?.queue ?? "next");
  return fallback === "reject" && KIND_ROWS[kind].unanswered === "told" ? say.cards.toldNobodyAnswered : SILENCE[fallback];
}
