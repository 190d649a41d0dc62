import type { Fallback } from "../shapes/vocabulary.ts";
import type { PolicySource } from "./source.ts";

/** What is done when nobody answers, as the file says it. */
export type Silence = {
  fallback?: Fallback | undefined;
  transfer_to?: PolicySource["defaults"]["transfer_to"];
};

/** The words of the first that says anything about it, else of the defaults. */
export const silenceOf = (source: PolicySource, ...asking: Silence[]): Silence =>
  asking.find((one) => one.fallback !== undefined) ?? source.defaults;

/** The queues it goes on to, one after the other. */
export const hopsOf = ({ fallback, transfer_to: to }: Silence): string[] =>
  fallback !== "transfer" || to === undefined ? [] : [to].flat();
