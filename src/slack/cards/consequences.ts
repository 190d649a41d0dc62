import type { Escalation } from "../../domain/shapes/escalation.ts";
import { say } from "../../words/en.ts";
import { actsToDraw } from "../acts/all.ts";
import { escapeMrkdwn, when } from "../text.ts";

/**
 * What each button does, and what silence does, by when: in the policy's words. `isComplete`: the card shows all of it, so that
 * it can be approved from there.
 */
export function consequences(escalation: Escalation, isComplete = true): string {
  const by = escalation.deadline === null ? "" : ` by ${when(escalation.deadline)}`;
  const acts = actsToDraw(escalation, "row").map((act) => {
    // "Reject, return to agent": where it goes is what the effect tells.
    const label = (act.name ?? act.label(escalation, isComplete)).replace(/…$/, "").replace(/, return to agent$/, "");
    const isElsewhere = act.type === "approve" && !isComplete;
    return `*${escapeMrkdwn(label)}:* ${isElsewhere ? say.acts.reviewInFullDoes : (act.effect?.(escalation) ?? "")}`;
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
