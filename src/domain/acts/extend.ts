import { say } from "../../words/en.ts";
import { validUntil } from "../life/round-times.ts";
import { mention, refuse } from "../shapes/refusal.ts";
import type { Act } from "./act.ts";

const EXTEND_S_MIN = 60;

/** Once in a round, with a reason, up to the policy's cap and never beyond what the request and its evidence are valid for. */
export const extend: Act<"extend"> = {
  by: "voter",
  opens: "form",
  refuse({ paging: { extension }, ruling, request, deadline }) {
    if (extension !== null) return refuse("not_extendable", say.refusals.acts.extendedOnce(mention([extension.userId])));
    if (ruling.extendMaxS < EXTEND_S_MIN) return refuse("not_extendable", say.refusals.acts.extendForbidden);
    const until = validUntil({ request, ruling });
    if (until !== null && deadline !== null && until <= deadline)
      return refuse("not_extendable", say.refusals.acts.validNoLonger);
    return null;
  },
  decide(escalation, command, around) {
    const { extendMaxS } = escalation.ruling;
    if (!Number.isInteger(command.seconds) || command.seconds < EXTEND_S_MIN || command.seconds > extendMaxS) {
      const detail = say.refusals.acts.chooseMinutes(Math.floor(extendMaxS / 60));
      return refuse("invalid_fields", detail, [{ field: "extend_by", detail }]);
    }
    const reason = command.reason.trim();
    if (reason === "")
      return refuse("invalid_fields", say.refusals.acts.whyMissing, [{ field: "reason", detail: say.refusals.acts.whyExtend }]);
    const before = escalation.deadline ?? around.now;
    const wanted = new Date(before.getTime() + command.seconds * 1000);
    const limit = validUntil(escalation) ?? wanted;
    const deadline = limit < wanted ? limit : wanted;
    const seconds = Math.round((deadline.getTime() - before.getTime()) / 1000);
    return [{ type: "extended", by: command.by.userId, reason, seconds, deadline }];
  },
};
