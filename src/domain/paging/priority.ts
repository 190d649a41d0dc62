import type { Glance } from "../shapes/glance.ts";
import type { EscalationRequest } from "../shapes/request.ts";
import type { Ruling } from "../shapes/ruling.ts";
import { isUrgent } from "./urgency.ts";

/**
 * What to answer first: time to the SLA, risk, uncertainty and impact, in points. A pure function of the escalation and the time;
 * `show ID` explains it. What is urgent comes before everything else, however harmless.
 */
export type Part = { name: "time" | "risk" | "uncertainty" | "impact"; points: number; why: string };
export type PriorityClass = "urgent" | "high" | "normal";
export type Priority = { points: number; class: PriorityClass; parts: Part[] };

const TIME_MAX = 40;
const RISK_MAX = 25;
const UNCERTAINTY_MAX = 15;
const IMPACT_POINTS = { low: 0, medium: 7, high: 14, critical: 20 } as const;
const HIGH_FROM = 60;
const URGENT_EXTRA = 1000;

type Of = Pick<Glance, "slaAt"> & {
  ruling: Pick<Ruling, "slaS" | "impact" | "paging">;
  request: Pick<EscalationRequest, "signals">;
};

export function priorityOf(escalation: Of, now: Date): Priority {
  const parts = [time(escalation, now), risk(escalation), uncertainty(escalation), impact(escalation)];
  const points = parts.reduce((sum, part) => sum + part.points, 0);
  const urgent = isUrgent(escalation, now);
  const kind = urgent ? "urgent" : points >= HIGH_FROM ? "high" : "normal";
  return { points: points + (urgent ? URGENT_EXTRA : 0), class: kind, parts };
}

/** Highest first; equal ones by their deadline, then by id, so that the order never flickers. */
export function inPriorityOrder<T extends Of & Pick<Glance, "deadline" | "id">>(waiting: readonly T[], now: Date): T[] {
  const ranked = waiting.map((one) => ({ one, points: priorityOf(one, now).points, by: one.deadline?.getTime() ?? Infinity }));
  ranked.sort((a, b) => b.points - a.points || a.by - b.by || (a.one.id < b.one.id ? -1 : 1));
  return ranked.map(({ one }) => one);
}

function time({ ruling, slaAt }: Of, now: Date): Part {
  if (slaAt === null) return { name: "time", points: 0, why: "no answer is waited for" };
  const leftS = (slaAt.getTime() - now.getTime()) / 1000;
  const share = Math.min(1, Math.max(0, 1 - leftS / Math.max(1, ruling.slaS)));
  const minutes = Math.round(Math.abs(leftS) / 60);
  const why = leftS < 0 ? `first answer ${minutes} min late` : `first answer expected in ${minutes} min`;
  return { name: "time", points: Math.round(TIME_MAX * share), why };
}

/** A signal that is missing counts as the worst, as in the policy. */
function risk({ request }: Of): Part {
  const given = request.signals.risk;
  const why = given === undefined ? "risk not given, counted as 1" : `risk ${given}`;
  return { name: "risk", points: Math.round(RISK_MAX * (given ?? 1)), why };
}

function uncertainty({ request }: Of): Part {
  const { confidence, ood } = request.signals;
  const doubt = Math.max(1 - (confidence ?? 0), ood ?? 0);
  const why = confidence === undefined ? "confidence not given, counted as 0" : `confidence ${confidence}`;
  return { name: "uncertainty", points: Math.round(UNCERTAINTY_MAX * doubt), why };
}

function impact({ ruling }: Of): Part {
  const known = ruling.impact ?? "critical";
  const why = ruling.impact === null ? "impact unknown, counted as critical" : `${ruling.impact} impact`;
  return { name: "impact", points: IMPACT_POINTS[known], why };
}
