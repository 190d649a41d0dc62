import type { Vote } from "../shapes/escalation.ts";
import type { Requirement, Seat } from "../shapes/ruling.ts";
import { type Directory, fitsSeat, type Reviewer } from "./directory.ts";

/** Votes → resolution, as a pure function. Any reject ends it; otherwise every seat needs its own person. */
export type Resolution =
  | { resolved: "rejected"; by: Vote }
  | { resolved: "approved"; votes: Vote[] }
  | { resolved: "open"; filled: { seat: Seat; by: string[] }[]; missing: Seat[] };

const CONSENTING: ReadonlySet<Vote["verdict"]> = new Set(["approve", "modify", "answer", "edit", "confirm"]);

type Slot = { seat: Seat; index: number; holder: string | null };

/**
 * Who sits where: the largest assignment of distinct people to places, those first in the list first (Kuhn's augmenting paths; a
 * handful of people). `index`: of the seat among the seats.
 */
function assign(seats: readonly Seat[], people: readonly Reviewer[]): Slot[] {
  const slots = seats.flatMap((seat, index) => Array.from({ length: seat.count }, (): Slot => ({ seat, index, holder: null })));
  const byId = new Map(people.map((one) => [one.userId, one]));
  const place = (reviewer: Reviewer, tried: Set<Slot>): boolean => {
    for (const slot of slots) {
      if (tried.has(slot) || !fitsSeat(reviewer, slot.seat)) continue;
      tried.add(slot);
      const sitting = slot.holder === null ? undefined : byId.get(slot.holder);
      if (sitting === undefined || place(sitting, tried)) {
        slot.holder = reviewer.userId;
        return true;
      }
    }
    return false;
  };
  for (const reviewer of byId.values()) place(reviewer, new Set());
  return slots;
}

/**
 * The first seat with a place that these people leave empty; null = they could fill every one at once. No seats at all can't be
 * filled.
 */
export function emptySeatOf(seats: readonly Seat[], people: readonly Reviewer[]): string | null {
  if (seats.length === 0) return "anybody (the list of seats is empty)";
  return assign(seats, people).find((slot) => slot.holder === null)?.seat.label ?? null;
}

export const couldFillAll = (seats: readonly Seat[], people: readonly Reviewer[]): boolean => emptySeatOf(seats, people) === null;

/**
 * What the votes cast for this version amount to. Only members who are reviewers *now* are seated; an empty requirement denies.
 */
export function resolve(
  requirement: Requirement,
  votes: readonly Vote[],
  directory: Directory,
  members: readonly string[],
): Resolution {
  const reject = votes.find((vote) => vote.verdict === "reject");
  if (reject !== undefined) return { resolved: "rejected", by: reject };
  const voters = votes
    .filter((vote) => CONSENTING.has(vote.verdict) && members.includes(vote.userId))
    .flatMap((vote) => directory.reviewers.get(vote.userId) ?? []);
  const slots = assign(requirement.seats, voters);
  const filled = requirement.seats.map((seat, index) => ({
    seat,
    by: slots.flatMap((slot) => (slot.index === index && slot.holder !== null ? [slot.holder] : [])),
  }));
  const missing = filled.flatMap(({ seat, by }) => (by.length < seat.count ? [{ ...seat, count: seat.count - by.length }] : []));
  if (missing.length > 0 || requirement.seats.length === 0) return { resolved: "open", filled, missing };
  const seated = votes.flatMap((vote) => {
    const slot = slots.find(({ holder }) => holder === vote.userId);
    if (slot === undefined) return [];
    return requirement.seats.length > 1 ? { ...vote, as: slot.seat.label } : vote;
  });
  return { resolved: "approved", votes: seated };
}
