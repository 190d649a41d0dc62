import { validUntil } from "../life/round-times.ts";
import { refuse } from "../shapes/refusal.ts";
import type { Act } from "./act.ts";

const EXTEND_S_MIN = 60;

/** Once in a round, with a reason, up to the policy's cap and never beyond what the request and its evidence are valid for. */
export const extend: Act<"extend"> = {
  by: "voter",
  opens: "form",
  refuse({ paging: { extension }, ruling, request, deadline }) {
    if (extension !== null)
      return refuse("not_extendable", `<@${extension.userId}> has already put the deadline off; it can be done once.`);
    if (ruling.extendMaxS < EXTEND_S_MIN) return refuse("not_extendable", "The policy does not allow a later deadline here.");
    const until = validUntil({ request, ruling });
    if (until !== null && deadline !== null && until <= deadline)
      return refuse(
        "not_extendable",
        "The request, or its evidence, is valid only until the current deadline, so the deadline can't be extended.",
      );
    return null;
  },
  decide(escalation, command, around) {
    const { extendMaxS } = escalation.ruling;
    if (!Number.isInteger(command.seconds) || command.seconds < EXTEND_S_MIN || command.seconds > extendMaxS) {
      const detail = `Choose between 1 and ${Math.floor(extendMaxS / 60)} minutes; the policy allows no more.`;
      return refuse("invalid_fields", detail, [{ field: "extend_by", detail }]);
    }
    const reason = command.reason.trim();
    if (reason === "")
      return refuse("invalid_fields", "Please say why.", [{ field: "reason", detail: "A later deadline needs a reason." }]);
    const before = escalation.deadline ?? around.now;
    const wanted = new Date(before.getTime() + command.seconds * 1000);
    const limit = validUntil(escalation) ?? wanted;
    const deadline = limit < wanted ? limit : wanted;
    const seconds = Math.round((deadline.getTime() - before.getTime()) / 1000);
    return [{ type: "extended", by: command.by.userId, reason, seconds, deadline }];
  },
};
