import type { CanonicalAction } from "../canonical.ts";
import { clip, inertText } from "../inert.ts";
import { own } from "../own.ts";
import type { Question } from "../request.ts";
import type { Presentation } from "../ruling.ts";
import type { Fallback } from "../vocabulary.ts";
import type { ActionTypeSource } from "./source.ts";
import { fillTemplate, formatParam } from "./template.ts";

/** The words of ours on a card. A type without a template shows its type and raw parameters. */
const SILENCE: Record<Fallback, string> = {
  reject: "rejected, and the agent is told that nobody answered",
  approve: "approved by policy",
  transfer: "handed to the next queue",
  fail: "ended as failed; nothing runs",
};
const STAKES: Record<ActionTypeSource["reversibility"], string> = {
  reversible: "can be undone",
  compensable: "can be made good afterwards",
  irreversible: "can't be undone",
};

export function presentAction(action: CanonicalAction, type: ActionTypeSource | undefined, fallback: Fallback): Presentation {
  const labelOf = (name: string) =>
    own(type?.labels ?? {}, name) ?? inertText(name.replaceAll("_", " ")).replace(/^./u, (c) => c.toUpperCase());
  return {
    title: clip(fillTemplate(type?.title ?? "{type}", type, action), 150),
    fields: inOrder(action, type).map((name) => ({
      name,
      label: labelOf(name),
      value: formatParam(type, action.params, name),
    })),
    stakes: type === undefined ? "unknown risk" : STAKES[type.reversibility],
    buttons: {
      approve: type?.buttons.approve ?? "Approve",
      reject: type?.buttons.reject ?? "Reject, return to agent",
      modify: type?.buttons.modify ?? "Modify…",
    },
    effects: {
      approve: type?.effects.approve ?? "the agent does exactly this",
      reject: type?.effects.reject ?? "back to the agent with your reason",
      modify: type?.effects.modify ?? "the agent does it with your values",
      silence: SILENCE[fallback],
    },
    owner: type?.owner ?? null,
    basis: type?.basis ?? null,
    playbookUrl: type?.playbook ?? null,
  };
}

export function presentQuestion(question: Question, fallback: Fallback): Presentation {
  const silence = fallback === "reject" ? "the agent is told that nobody answered" : SILENCE[fallback];
  return {
    title: "A question from an agent",
    fields: [],
    stakes: question.options.length > 0 ? `${question.options.length} answers offered` : "free answer",
    buttons: { approve: "Answer…", reject: "Decline to answer", modify: "Modify…" },
    effects: { approve: "the agent goes on with your answer", reject: "the agent is told you won't answer", modify: "", silence },
    owner: null,
    basis: null,
    playbookUrl: null,
  };
}

/** The policy's order of labels first, then by name: the same action always looks the same, whichever way it was stored. */
function inOrder(action: CanonicalAction, type: ActionTypeSource | undefined): string[] {
  const labelled = Object.keys(type?.labels ?? {}).filter((name) => Object.hasOwn(action.params, name));
  const others = Object.keys(action.params).filter((name) => !labelled.includes(name));
  return [...labelled, ...others.sort()];
}
