import { say } from "../../words/en.ts";
import type { Escalation } from "../shapes/escalation.ts";
import { mention, type Refusal, refuse } from "../shapes/refusal.ts";
import type { Person } from "./authority.ts";

/**
 * Who asked the agent is the agent's word. Slack is asked once whether there is such a person: where the policy wants to know who
 * asked, an invented name is none, and nothing is approved on it.
 */
export type Requester = NonNullable<Escalation["requester"]>;

/** An app and an account that is no longer used can't have asked. */
export const requesterOf = (account: NonNullable<Person["account"]>): Requester =>
  account.deleted || account.bot ? "nobody" : "person";

type Asked = Pick<Escalation, "ruling" | "request" | "requester" | "reviewOf">;

/** What we ask about an act of our own accord names whoever the act named: an answer to it lets nothing run. */
const mustBeKnown = ({ ruling, reviewOf }: Asked): boolean => ruling.requirement.requestedByRequired && reviewOf === null;

/** Why nobody can consent as long as it stays like this; null = it can be approved. */
export function refuseUnknownRequester(escalation: Asked): Refusal | null {
  const { request, requester } = escalation;
  if (!mustBeKnown(escalation) || (request.requested_by !== undefined && requester !== "nobody")) return null;
  const who = request.requested_by === undefined ? null : mention([request.requested_by]);
  return refuse(
    "requester_unknown",
    who === null ? say.refusals.people.requesterMissing : say.refusals.people.requesterNobody(who),
  );
}

/** The same, and for as long as Slack has not said it yet. */
export function refuseUnconfirmedRequester(escalation: Asked): Refusal | null {
  const unknown = refuseUnknownRequester(escalation);
  if (unknown !== null || !mustBeKnown(escalation) || escalation.requester === "person") return unknown;
  return refuse("requester_unknown", say.refusals.people.requesterUnconfirmed(mention([escalation.request.requested_by ?? ""])));
}
