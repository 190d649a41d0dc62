import { say } from "../../words/en.ts";
import { wantedOf } from "../kinds/all.ts";
import { diffParams, readParams, stepsFrom, withParams } from "../life/modification.ts";
import { unfillableSeat } from "../people/authority.ts";
import { refuseUnconfirmedRequester, refuseUnknownRequester } from "../people/requester.ts";
import { unionRuling } from "../policy/union.ts";
import { actionOf, digestOf } from "../shapes/canonical.ts";
import type { Escalation } from "../shapes/escalation.ts";
import { type Refusal, refuse } from "../shapes/refusal.ts";
import { type ParamsSchema, paramsOf } from "../shapes/request.ts";
import type { Ruling } from "../shapes/ruling.ts";
import { TIER_ROWS } from "../tiers.ts";
import type { Act } from "./act.ts";
import { decidedIfLast, voteOf } from "./vote.ts";

/** The agent's own form for its parameters; null where it gave none. */
export function formOf({ request }: Pick<Escalation, "request">): ParamsSchema | null {
  const schema = "action" in request && !("plan" in request) ? request.action.params_schema : undefined;
  return schema === undefined || Object.keys(schema.properties).length === 0 ? null : schema;
}

const NOT_MODIFIABLE: Refusal = refuse("not_modifiable", say.refusals.acts.noForm);

/** Another version, which the policy judges again; it counts as its author's approval of it. */
export const modify: Act<"modify"> = {
  by: "voter",
  opens: "form",
  refuse: (escalation) =>
    formOf(escalation) === null || wantedOf(escalation) !== "approval" ? NOT_MODIFIABLE : refuseUnknownRequester(escalation),
  decide(escalation, command, around) {
    const { request } = escalation;
    const action = actionOf(escalation);
    const schema = formOf(escalation);
    if (!("action" in request) || action === null || schema === null) return NOT_MODIFIABLE;
    if (!command.seen.complete) return refuse("cannot_show", say.refusals.acts.changeNotSeenInFull);
    const read = readParams(schema, paramsOf(action), command.params);
    if ("errors" in read) return refuse("invalid_fields", say.refusals.acts.valuesUnusable, read.errors);
    if (diffParams(paramsOf(action), read.params).length === 0) {
      return refuse("nothing_changed", say.refusals.acts.nothingChanged);
    }
    const changed = withParams(request.action.params, action, read.params);
    const ruling = withFormerValues(escalation.ruling, unionRuling(escalation.ruling, around.judgeAgain(changed)));
    if (TIER_ROWS[ruling.tier].doneBy === "person") {
      return refuse("modification_forbidden", say.refusals.acts.changeForbidden(ruling.reasons[0]?.detail ?? "hard stop"));
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
      return refuse("modification_unanswerable", say.refusals.acts.changeUnanswerable(stuck, ruling.queue));
    }
    return [
      { type: "modified", by, action: changed, actionDigest, steps, ruling, vote, drawing: command.seen.drawing },
      ...decidedIfLast(after, vote, around),
    ];
  },
};

/** What the agent asked for stays beside what a person made of it, in the same words and the same order. */
export function withFormerValues(before: Ruling, after: Ruling): Ruling {
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
