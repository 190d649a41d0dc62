import { kindOf } from "../kinds/all.ts";
import type { Escalation } from "../shapes/escalation.ts";
import { tierOf } from "../tiers.ts";

/** Whether it ran, or may run, with nobody being asked. */
export function ranUnasked(escalation: Pick<Escalation, "kind" | "ruling">): boolean {
  const { runs, waits } = tierOf(escalation);
  return kindOf(escalation).mayRun && runs && !waits;
}
