import { ACTS, type Reader } from "../../domain/acts/all.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { say } from "../../words/en.ts";
import { actsToDraw } from "../acts/all.ts";
import { escapeMrkdwn, when } from "../text.ts";

/**
 * What each button does, and what silence does, by when: in the policy's words. `isComplete`: the card shows all of it, so that
 * it can be approved from there. `reader`: who alone reads it, and is told of no act that they would be refused.
 */
export function consequences(escalation: Escalation, isComplete = true, reader: Reader | null = null): string {
  const by = escalation.deadline === null ? "" : ` by ${when(escalation.deadline)}`;
  const acts = actsToDraw(escalation, "row", reader).map((act) => {
    const label = act.name?.(escalation) ?? act.label(escalation, isComplete).replace(/…$/, "");
    const isElsewhere = ACTS[act.type].opens === "form_unless_shown" && !isComplete;
    const elsewhere = act.type === "confirm" ? say.acts.confirmInFullDoes : say.acts.reviewInFullDoes;
    const effect = isElsewhere ? elsewhere : act.effect?.(escalation, reader !== null);
    return `*${escapeMrkdwn(label)}:* ${effect ?? ""}`;
  });
  const silence = [
    `*${escalation.takenOverBy === null ? say.cards.noAnswer(by) : say.cards.withoutResult(by)}:*`,
    `${silenceEffect(escalation)}`,
  ].join(" ");
  return [...acts, silence].join(" · ");
}

/** What silence does. Whoever has it may have done it already, whatever the policy does about their silence. */
export function silenceEffect({ takenOverBy, ruling }: Pick<Escalation, "takenOverBy" | "ruling">): string {
  const { silence } = ruling.presentation.effects;
  if (takenOverBy === null) return silence;
  return say.cards.mayHaveDoneIt(ruling.fallback === "reject" ? say.cards.rejectedByPolicy : silence, `<@${takenOverBy}>`);
}
