import { type Directory, fitsSeat } from "../people/directory.ts";
import type { Seat } from "../shapes/ruling.ts";

/**
 * Whether the people of a queue could fill every seat at once, with the agent's owner left out: a policy that nobody can satisfy only ever times out.
 * Kuhn's matching over places and people. Returns the label of a seat that stays empty, or null.
 */
export function emptySeat(
  seats: readonly Seat[],
  directory: Directory,
  queueName: string,
  excluded: readonly string[],
): string | null {
  const members = (directory.queues.get(queueName)?.members ?? []).filter((id) => !excluded.includes(id));
  const places = seats.flatMap((seat) => Array.from({ length: seat.count }, () => seat));
  const heldBy = new Map<string, number>();
  const sit = (place: number, tried: Set<string>): boolean => {
    const seat = places[place];
    for (const id of members) {
      const reviewer = directory.reviewers.get(id);
      if (seat === undefined || reviewer === undefined || tried.has(id) || !fitsSeat(reviewer, seat)) continue;
      tried.add(id);
      const sitting = heldBy.get(id);
      if (sitting === undefined || sit(sitting, tried)) {
        heldBy.set(id, place);
        return true;
      }
    }
    return false;
  };
  if (places.length === 0) return "anybody (the list of seats is empty)";
  for (let place = 0; place < places.length; place++) {
    if (!sit(place, new Set())) return places[place]?.label ?? null;
  }
  return null;
}

/** The same for a stopped task: one person who fits any of its seats is enough. */
export function nobodyFits(
  seats: readonly Seat[],
  directory: Directory,
  queueName: string,
  excluded: readonly string[],
): string | null {
  const empty = seats.map((seat) => emptySeat([seat], directory, queueName, excluded));
  return empty.includes(null) ? null : (empty[0] ?? "anybody (the list of seats is empty)");
}
