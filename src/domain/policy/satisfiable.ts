import { type Directory, fitsSeat } from "../people/directory.ts";
import { emptySeatOf } from "../people/seats.ts";
import type { Seat } from "../shapes/ruling.ts";
import { ASKED_FIRST } from "../tiers.ts";
import type { Policy } from "./compile.ts";
import { seatsOf } from "./requirement.ts";

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

/** Whether this person could ever fill a seat of what the action types of a queue, or the rules about them, ask for. */
export function canAnswerIn({ source, rules }: Policy, directory: Directory, queueName: string, userId: string): boolean {
  const reviewer = directory.reviewers.get(userId);
  if (reviewer === undefined || !directory.queues.get(queueName)?.members.includes(userId)) return false;
  const types = Object.entries(source.action_types).filter(([, type]) => (type.queue ?? source.defaults.queue) === queueName);
  if (types.length === 0) return true;
  return types.some(([name, type]) => {
    const besides = rules.filter((rule) => rule.appliesTo(name)).flatMap((rule) => rule.source.requires ?? []);
    const requires = [type.requires ?? [], ...(besides.length === 0 ? [] : [besides])];
    return requires.some((one) => seatsOf(source, type, ASKED_FIRST, one).some((seat) => fitsSeat(reviewer, seat)));
  });
}
