import { diffParams, readParams, stepsFrom, withParams } from "../life/modification.ts";
import { unfillableSeat } from "../people/authority.ts";
import { refuseUnconfirmedRequester, refuseUnknownRequester } from "../people/requester.ts";
import { unionRuling } from "../policy/union.ts";
import { actionOf, digestOf } from "../shapes/canonical.ts";
import type { Escalation } from "../shapes/escalation.ts";
import { type Refusal, refuse } from "../shapes/refusal.ts";
import { type ParamsSchema, paramsOf } from "../shapes/request.ts";
import type { Ruling } from "../shapes/ruling.ts";
import { TIER_ROWS, tierOf } from "../tiers.ts";
import type { Act } from "./act.ts";
import { decidedIfLast, voteOf } from "./vote.ts";

/** The agent's own form for its parameters; null where it gave none. */
export function formOf({ request }: Pick<Escalation, "request">): ParamsSchema | null {
  const schema = "action" in request ? request.action.params_schema : undefined;
  return schema === undefined || Object.keys(schema.properties).length === 0 ? null : schema;
}

const NOT_MODIFIABLE: Refusal = refuse(
  "not_modifiable",
  "This can't be changed here: the agent gave no form for its parameters. Reject it and say what you need.",
);

/** Another version, which the policy judges again; it counts as its author's approval of it. */
export const modify: Act<"modify"> = {
  by: "voter",
  opens: "form",
  refuse: (escalation) =>
    formOf(escalation) === null || tierOf(escalation).doneBy === "person" ? NOT_MODIFIABLE : refuseUnknownRequester(escalation),
  decide(escalation, command, around) {
    const { request } = escalation;
    const action = actionOf(escalation);
    const schema = formOf(escalation);
    if (!("action" in request) || action === null || schema === null) return NOT_MODIFIABLE;
    if (!command.seen.complete)
      return refuse(
        "cannot_show",
        "You have not seen this action in full, so you can't approve a change of it. Open it again from its card.",
      );
    const read = readParams(schema, paramsOf(action), command.params);
    if ("errors" in read) return refuse("invalid_fields", "Some values can't be used.", read.errors);
    if (diffParams(paramsOf(action), read.params).length === 0) {
      return refuse(
        "nothing_changed",
        "Nothing is different, so there is nothing to change. Change a value, or approve it as it is.",
      );
    }
    const changed = withParams(request.action.params, action, read.params);
    const ruling = withFormerValues(escalation.ruling, unionRuling(escalation.ruling, around.judgeAgain(changed)));
    if (TIER_ROWS[ruling.tier].doneBy === "person") {
      return refuse(
        "modification_forbidden",
        `With these values the policy forbids the agent to do it at all: ${ruling.reasons[0]?.detail ?? "hard stop"}.`,
      );
    }
    const unconfirmed = refuseUnconfirmedRequester({ ...escalation, ruling });
    if (unconfirmed !== null) return unconfirmed;
    const version = escalation.version + 1;
    const vote = voteOf(command, "modify", around.now, version);
    const actionDigest = digestOf(changed);
    const steps = stepsFrom(request.action, read.params);
    const by = command.by.userId;
    const after: Escalation = {
      ...escalation,
      subject: { kind: "action", action: changed },
      actionDigest,
      modification: steps,
      modifiedBy: by,
      ruling,
      version,
      votes: [],
    };
    const stuck = unfillableSeat(around.directory, after);
    if (stuck !== null) {
      return refuse(
        "modification_unanswerable",
        [
          `With these values the policy also asks for ${stuck}, and nobody in the ${ruling.queue} queue can be that.`,
          "Reject it and say what you would approve, so that the agent asks the right people.",
        ].join(" "),
      );
    }
    return [{ type: "modified", by, action: changed, actionDigest, steps, ruling, vote }, ...decidedIfLast(after, vote, around)];
  },
};

/** What the agent asked for stays beside what a person made of it, in the same words and the same order. */
function withFormerValues(before: Ruling, after: Ruling): Ruling {
  const order = before.presentation.fields.map((field) => field.name);
  const placeOf = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  const changed = after.presentation.fields.map((field) => {
    const former = before.presentation.fields.find((one) => one.name === field.name && one.label === field.label);
    const was = former?.was ?? former?.value;
    return was === undefined || was === field.value ? field : { ...field, was };
  });
  const fields = changed.sort((a, b) => placeOf(a.name) - placeOf(b.name));
  return { ...after, presentation: { ...after.presentation, fields } };
}
