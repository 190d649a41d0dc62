import type { Escalation } from "../../domain/shapes/escalation.ts";
import { escapeMrkdwn, when } from "../text.ts";
import { isModifiable } from "./buttons.ts";

/** What each button does, and what silence does, by when: in the policy's words. */
export function consequences(escalation: Escalation): string {
  const { effects, buttons } = escalation.ruling.presentation;
  const by = escalation.deadline === null ? "" : ` by ${when(escalation.deadline)}`;
  const silence = `*No ${escalation.takenOverBy === null ? "answer" : "result"}${by}:* ${effects.silence}`;
  if (escalation.kind === "question") return `*Answer:* ${effects.approve} · *Decline to answer:* ${effects.reject} · ${silence}`;
  if (escalation.takenOverBy !== null)
    return `*Done:* the agent gets your result and goes on · *Hand it back:* the others are asked again · ${silence}`;
  if (escalation.ruling.tier === "hard_stop")
    return `*I'll do it myself:* the agent waits for your result · *${named(buttons.reject)}:* ${effects.reject} · ${silence}`;
  const modify = isModifiable(escalation) ? [`*${named(buttons.modify)}:* ${effects.modify}`] : [];
  return [
    `*${named(buttons.approve)}:* ${effects.approve}`,
    `*${named(buttons.reject)}:* ${effects.reject}`,
    ...modify,
    silence,
  ].join(" · ");
}

/** As the button has it, without the dots. */
const named = (button: string): string => escapeMrkdwn(button.replace(/…$/, ""));
