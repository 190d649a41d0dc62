import { authoriseVoter } from "../people/authority.ts";
import type { HumanCommand, Surroundings } from "../shapes/commands.ts";
import type { Escalation } from "../shapes/escalation.ts";
import type { Event } from "../shapes/events.ts";
import { isRefusal, type Refusal, refuse } from "../shapes/refusal.ts";

/** What people may do about the pace of an asking: say that they are on it, and put the deadline off once. */
type Of<T extends HumanCommand["type"]> = Extract<HumanCommand, { type: T }>;

/** "I'm on it": nobody else is called for a while. The deadline stays, and everybody may still decide. */
export function claim(escalation: Escalation, command: Of<"claim">, around: Surroundings): Event[] | Refusal {
  const voter = authoriseVoter(around.directory, escalation, command.by);
  if (isRefusal(voter)) return voter;
  if (escalation.takenOverBy !== null) return takenOver(escalation.takenOverBy);
  const { claim: held } = escalation.paging;
  if (held !== null && around.now < held.until) {
    if (held.userId === command.by.userId) return refuse("already_claimed", "You are already on it. Decide it, or let it lapse.");
    return refuse("already_claimed", `<@${held.userId}> is already on it. You can still decide it yourself.`);
  }
  return [{ type: "claimed", by: command.by.userId, until: new Date(around.now.getTime() + escalation.ruling.claimS * 1000) }];
}

/** Whoever has taken a task over is on it, and nobody else can be. */
export const takenOver = (userId: string): Refusal => refuse("taken_over", `<@${userId}> has already taken this over.`);

/** Once in a round, with a reason, up to the policy's cap and never beyond what the agent's request is valid for. */
export function extend(escalation: Escalation, command: Of<"extend">, around: Surroundings): Event[] | Refusal {
  const voter = authoriseVoter(around.directory, escalation, command.by);
  if (isRefusal(voter)) return voter;
  const refusal = refuseExtension(escalation);
  if (refusal !== null) return refusal;
  const { extendMaxS } = escalation.ruling;
  if (!Number.isInteger(command.seconds) || command.seconds < 60 || command.seconds > extendMaxS) {
    const detail = `Choose between 1 and ${Math.floor(extendMaxS / 60)} minutes; the policy allows no more.`;
    return refuse("invalid_fields", detail, [{ field: "extend_by", detail }]);
  }
  const reason = command.reason.trim();
  if (reason === "")
    return refuse("invalid_fields", "Please say why.", [{ field: "reason", detail: "A later deadline needs a reason." }]);
  const before = escalation.deadline ?? around.now;
  const wanted = new Date(before.getTime() + command.seconds * 1000);
  const limit = escalation.request.valid_until === undefined ? wanted : new Date(escalation.request.valid_until);
  if (limit <= before)
    return refuse("not_extendable", "The agent's request is only valid until the present deadline, so it can't be put off.");
  const deadline = limit < wanted ? limit : wanted;
  const seconds = Math.round((deadline.getTime() - before.getTime()) / 1000);
  return [{ type: "extended", by: command.by.userId, reason, seconds, deadline }];
}

/** Whether the deadline can be put off at all; asked before the form is opened as well. */
export function refuseExtension(escalation: Escalation): Refusal | null {
  const { extension } = escalation.paging;
  if (extension !== null)
    return refuse("not_extendable", `<@${extension.userId}> has already put the deadline off; it can be done once.`);
  if (escalation.ruling.extendMaxS < 60) return refuse("not_extendable", "The policy does not allow a later deadline here.");
  return null;
}
