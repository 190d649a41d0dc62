import type { Directory } from "../people/directory.ts";
import { emptySeatOf } from "../people/seats.ts";
import type { Seat } from "../shapes/ruling.ts";

/**
 * Whether the people of a queue could fill every seat at once, with the agent's owner left out: a policy that nobody can satisfy
 * only ever times out. Returns the label of a seat that stays empty, or null.
 */
export function emptySeat(
  seats: readonly Seat[],
  directory: Directory,
  queueName: string,
  excluded: readonly string[],
): string | null {
  const members = (directory.queues.get(queueName)?.members ?? []).filter((id) => !excluded.includes(id));
  return emptySeatOf(
    seats,
    members.flatMap((id) => directory.reviewers.get(id) ?? []),
  );
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
