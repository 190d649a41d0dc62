import { say } from "../../words/en.ts";
import { own } from "../base/own.ts";
import type { Seat } from "../shapes/ruling.ts";
import type { Tier } from "../shapes/vocabulary.ts";
import { TIER_ROWS } from "../tiers.ts";
import type { ActionTypeSource, PolicySource } from "./source.ts";

/**
 * Whether the request has to say who asked for the act: as soon as anything that matches wants to know, however lenient
 * its tier.
 */
export const mustNameRequester = (wants: readonly { requested_by?: "required" | "optional" | undefined }[]): boolean =>
  wants.some((one) => one.requested_by === "required");

/** Who has to agree: everything the strictest matches ask for, else what the action type asks for, else by impact. */
export function seatsOf(
  source: PolicySource,
  type: ActionTypeSource | undefined,
  tier: Tier,
  requires: readonly string[],
): Seat[] {
  if (!TIER_ROWS[tier].waits) return [];
  const names = [...new Set(requires)];
  const seats = names.length > 0 ? names.map((name) => seatNamed(source, name)) : [seatByImpact(type?.impact ?? "critical")];
  const levelMin = type === undefined ? 1 : levelOf(type.impact);
  const levelled = seats.map((seat) => ({
    ...seat,
    levelMin: seat.roles.length > 0 || seat.users.length > 0 ? seat.levelMin : Math.max(seat.levelMin, levelMin),
  }));
  // What is stopped is done by one person, who takes it over.
  if (TIER_ROWS[tier].doneBy === "person") return levelled.map((seat) => ({ ...seat, count: 1 }));
  return type?.impact === "critical" ? byTwo(levelled) : levelled;
}

/** What is critical is never decided by one person, whoever the file names. */
function byTwo(seats: Seat[]): Seat[] {
  const [only, ...others] = seats;
  return only !== undefined && others.length === 0 && only.count < 2 ? [{ ...only, count: 2 }] : seats;
}

function seatNamed(source: PolicySource, name: string): Seat {
  const seat = own(source.seats, name);
  if (seat === undefined) throw new Error(`the policy names the seat ${name}, which it does not define`);
  const { label, roles, users, level, count } = seat;
  return { label, roles, users, levelMin: level, count };
}

/** Level 1 standard for low and medium impact, 2 manager for high, 3 compliance for critical, and two people. */
export const levelOf = (impact: ActionTypeSource["impact"]): number => ({ low: 1, medium: 1, high: 2, critical: 3 })[impact];

function seatByImpact(impact: ActionTypeSource["impact"]): Seat {
  const levelMin = levelOf(impact);
  const label = say.seats.anybody[levelMin] ?? say.seats.anybody[0];
  return { label, roles: [], users: [], levelMin, count: impact === "critical" ? 2 : 1 };
}
