import type { Escalation } from "../../domain/shapes/escalation.ts";
import { actsToDraw } from "../acts/all.ts";
import { escapeMrkdwn, when } from "../text.ts";

/** What each button does, and what silence does, by when: in the policy's words. */
export function consequences(escalation: Escalation): string {
  const by = escalation.deadline === null ? "" : ` by ${when(escalation.deadline)}`;
  const acts = actsToDraw(escalation, "row").map((act) => {
    const named = escapeMrkdwn((act.name ?? act.label(escalation, true)).replace(/…$/, ""));
    return `*${named}:* ${act.effect?.(escalation) ?? ""}`;
  });
  const silence = `*No ${escalation.takenOverBy === null ? "answer" : "result"}${by}:* ${escalation.ruling.presentation.effects.silence}`;
  return [...acts, silence].join(" · ");
}
