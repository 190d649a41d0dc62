import { say } from "../../words/en.ts";
import { mayDecide } from "../people/authority.ts";
import type { Directory } from "../people/directory.ts";
import { couldFillAll } from "../people/seats.ts";
import type { Escalation } from "../shapes/escalation.ts";
import type { Event } from "../shapes/events.ts";
import { mention, refuse } from "../shapes/refusal.ts";
import { LEVEL_MAX, type Requirement } from "../shapes/ruling.ts";
import type { Act } from "./act.ts";
import { refuseIfTaken } from "./take-over.ts";

/**
 * Escalate to a senior: from then on only people of a higher level than whoever escalates can approve, provided that there are
 * enough of them, and the paging goes on at once: with the next step of the chain that finds one of them, or else with all of
 * them.
 */
export const raise: Act<"raise"> = {
  by: "voter",
  opens: "form",
  refuse: refuseIfTaken,
  isRepeated: ({ raisedBy }, submission) => raisedBy?.submission === submission,
  decide(escalation, command, { directory }) {
    const before = escalation.ruling.requirement;
    const by = command.by.userId;
    const own = directory.reviewers.get(by)?.level ?? 0;
    const requirement = [atLeast(before, own + 1), atLeast(before, 0)].find(
      (one) => one !== null && haveEnough(escalation, one, by, directory),
    );
    const stepsLeft = escalation.paging.step < (escalation.ruling.paging?.chain.length ?? 0);
    if (!requirement && !stepsLeft) {
      const others = mayDecide(directory, escalation).map((reviewer) => reviewer.userId);
      return refuse("no_senior", say.refusals.acts.noSenior(escalation.ruling.queue, mention(others)));
    }
    return [
      { type: "raised", by, reason: command.reason.trim(), requirement: requirement ?? before, submission: command.submission },
    ];
  },
};

/** Every seat a level higher, and at least this one; null = there is no such level. */
function atLeast(requirement: Requirement, level: number): Requirement | null {
  const lowest = Math.min(...requirement.seats.map((seat) => seat.levelMin));
  if (level > LEVEL_MAX || lowest >= LEVEL_MAX) return null;
  const seats = requirement.seats.map((seat) => ({ ...seat, levelMin: Math.min(LEVEL_MAX, Math.max(seat.levelMin + 1, level)) }));
  return { ...requirement, seats };
}

/** Whether the others of the queue can fill all of these seats. */
function haveEnough(escalation: Escalation, requirement: Requirement, exceptId: string, directory: Directory): boolean {
  const raised = { ...escalation, ruling: { ...escalation.ruling, requirement } };
  const seniors = mayDecide(directory, raised).filter((reviewer) => reviewer.userId !== exceptId);
  return couldFillAll(requirement.seats, seniors);
}

/** Who would be paged at once if this person escalated it, and from which level on people could approve then. */
export type Foreseen = { userIds: string[]; levelMin: number | null };

/** What an escalation to a senior would do, read from the events that it would give. */
export function foreseenIn(before: Escalation, events: readonly Event[]): Foreseen {
  const userIds = events.flatMap((event) => (event.type === "paged" ? event.page.userIds : []));
  const raised = events.find((event) => event.type === "raised");
  const seats = raised?.requirement === before.ruling.requirement ? [] : (raised?.requirement.seats ?? []);
  return { userIds, levelMin: seats.length === 0 ? null : Math.min(...seats.map((seat) => seat.levelMin)) };
}
