import type { Vote } from "../shapes/escalation.ts";
import type { Requirement, Seat } from "../shapes/ruling.ts";
import { type Directory, fitsSeat } from "./directory.ts";

/** Votes → resolution, as a pure function. Any reject ends it; otherwise every seat needs its own person. */
export type Resolution =
  | { resolved: "rejected"; by: Vote }
  | { resolved: "approved"; votes: Vote[] }
  | { resolved: "open"; filled: { seat: Seat; by: string[] }[]; missing: Seat[] };

const CONSENTING: ReadonlySet<Vote["verdict"]> = new Set(["approve", "modify", "answer"]);

/**
 * Who sits where: the largest assignment of distinct consenting voters to places (Kuhn's augmenting paths; a handful of people).
 * Only people who are reviewers *now* are seated; a queue's membership is checked through `members`.
 */
export function seatVotes(
  requirement: Requirement,
  votes: readonly Vote[],
  directory: Directory,
  members: readonly string[],
): Map<string, number> {
  const places = requirement.seats.flatMap((seat, index) => Array.from({ length: seat.count }, () => ({ seat, index })));
  const voters = [...new Set(votes.filter((v) => CONSENTING.has(v.verdict)).map((v) => v.userId))].filter((id) =>
    members.includes(id),
  );
  const holder = new Array<string | null>(places.length).fill(null);
  const fits = (userId: string, place: number): boolean => {
    const reviewer = directory.reviewers.get(userId);
    const at = places[place];
    return reviewer !== undefined && at !== undefined && fitsSeat(reviewer, at.seat);
  };
  const place = (userId: string, tried: Set<number>): boolean => {
    for (let i = 0; i < places.length; i++) {
      if (tried.has(i) || !fits(userId, i)) continue;
      tried.add(i);
      const sitting = holder[i] ?? null;
      if (sitting === null || place(sitting, tried)) {
        holder[i] = userId;
        return true;
      }
    }
    return false;
  };
  for (const voter of voters) place(voter, new Set());
  return new Map(holder.flatMap((userId, i) => (userId === null ? [] : [[userId, places[i]?.index ?? 0] as const])));
}

/** What the votes cast for this version amount to. An empty requirement denies (G4). */
export function resolve(
  requirement: Requirement,
  votes: readonly Vote[],
  directory: Directory,
  members: readonly string[],
): Resolution {
  const reject = votes.find((vote) => vote.verdict === "reject");
  if (reject !== undefined) return { resolved: "rejected", by: reject };
  const seated = seatVotes(requirement, votes, directory, members);
  const filled = requirement.seats.map((seat, index) => ({
    seat,
    by: [...seated].filter(([, at]) => at === index).map(([userId]) => userId),
  }));
  const missing = filled.flatMap(({ seat, by }) => (by.length < seat.count ? [{ ...seat, count: seat.count - by.length }] : []));
  if (missing.length > 0 || requirement.seats.length === 0) return { resolved: "open", filled, missing };
  return { resolved: "approved", votes: votes.filter((vote) => seated.has(vote.userId)) };
}
