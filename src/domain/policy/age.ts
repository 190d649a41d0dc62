import { say } from "../../words/en.ts";
import type { Brief } from "../shapes/request.ts";
import { ASKED_FIRST } from "../tiers.ts";
import type { Match } from "./match.ts";
import type { ActionTypeSource } from "./source.ts";

/**
 * How old what an agent shows is, in seconds. What carries no time, or one that has not come yet, is infinitely old: a claim can
 * only tighten.
 */
const CLOCKS_DIFFER_S = 300;

export function ageOf(time: string | undefined, now: Date): number {
  if (time === undefined) return Number.POSITIVE_INFINITY;
  const ageS = (now.getTime() - new Date(time).getTime()) / 1000;
  return ageS >= -CLOCKS_DIFFER_S ? Math.max(0, ageS) : Number.POSITIVE_INFINITY;
}

export function oldestEvidenceAge({ evidence }: Pick<Brief, "evidence">, now: Date): number {
  return evidence.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...evidence.map((one) => ageOf(one.observed_at, now)));
}

/** Evidence that is older than the action type allows, or carries no time, is for a person to judge. */
export function tooOld(type: ActionTypeSource | undefined, brief: Pick<Brief, "evidence">, now: Date): Match[] {
  if (type?.max_age === undefined) return [];
  const ageS = oldestEvidenceAge(brief, now);
  if (ageS <= type.max_age) return [];
  const most = words(type.max_age);
  const isDated = brief.evidence.some((one) => one.observed_at !== undefined);
  const undated = isDated ? say.reasons.undatedEvidence : say.reasons.noEvidence;
  const detail = Number.isFinite(ageS) ? say.reasons.oldEvidence(words(ageS), most) : undated(most);
  return [{ reason: { rule: "age of evidence", tier: ASKED_FIRST, detail }, wants: {} }];
}

/**
 * Until when a decision may rest on it. What was fresh when it was sent has to be fresh still; where it was not, people are told
 * so, and their own look at it is good for as long.
 */
export function freshUntil(type: ActionTypeSource | undefined, brief: Pick<Brief, "evidence">, now: Date): string | null {
  if (type?.max_age === undefined) return null;
  const ageS = oldestEvidenceAge(brief, now);
  const leftS = ageS <= type.max_age ? type.max_age - ageS : type.max_age;
  return new Date(now.getTime() + leftS * 1000).toISOString();
}

const UNITS: [number, string][] = [
  [86_400, "d"],
  [3600, "h"],
  [60, "min"],
];
export function words(seconds: number): string {
  const [size, unit] = UNITS.find(([one]) => seconds >= 2 * one || seconds === one) ?? [1, "s"];
  return `${Math.floor(seconds / size)} ${unit}`;
}
