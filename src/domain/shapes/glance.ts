import type { Escalation } from "./escalation.ts";
import type { EscalationRequest } from "./request.ts";
import type { Ruling } from "./ruling.ts";

/**
 * The little of an escalation that tells whose answer it waits for and how pressing it is: enough to choose from a long list what
 * is then read whole.
 */
export type Glance = Pick<
  Escalation,
  | "id"
  | "agentName"
  | "agentOwner"
  | "state"
  | "version"
  | "stateSince"
  | "slaAt"
  | "deadline"
  | "takenOverBy"
  | "votes"
  | "abstained"
> & {
  ruling: Pick<Ruling, "tier" | "queue" | "requirement" | "slaS" | "impact" | "paging" | "review">;
  request: Pick<EscalationRequest, "requested_by" | "on_behalf_of" | "signals">;
};
