import { say } from "../../words/en.ts";
import { pauseForAnswer } from "../life/clock-pause.ts";
import { refuse } from "../shapes/refusal.ts";
import type { Act } from "./act.ts";

/** Counted for people and for the agent apart, so that neither side can take the other's word away. */
export const MESSAGES_MAX = 100;

/** A question to the agent. Whoever belongs to the queue may ask; whether the clock waits is the policy's to say. */
export const ask: Act<"ask"> = {
  by: "member",
  opens: "form",
  refuse: ({ messages }) =>
    messages.filter((one) => one.from === "reviewer").length < MESSAGES_MAX
      ? null
      : refuse("invalid_fields", say.refusals.acts.questionsMax(MESSAGES_MAX)),
  isRepeated: ({ messages }, submission) => messages.some((one) => one.submission === submission),
  decide(escalation, command, around) {
    const text = command.text.trim();
    if (text === "")
      return refuse("invalid_fields", say.refusals.acts.questionMissing, [
        { field: "reason", detail: say.refusals.acts.writeQuestion },
      ]);
    return [
      {
        type: "asked",
        message: { from: "reviewer", userId: command.by.userId, text, at: around.now, submission: command.submission },
      },
      ...pauseForAnswer(escalation, around.now),
    ];
  },
};
