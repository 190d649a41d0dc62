import { say } from "../../words/en.ts";
import { clip, exactText, inertText, isolated } from "../base/inert.ts";
import { own } from "../base/own.ts";
import type { CanonicalAction } from "../shapes/canonical.ts";
import { type Artifact, optionsOf, paramsOf, type Question } from "../shapes/request.ts";
import type { Presentation } from "../shapes/ruling.ts";
import type { ActionTypeSource, PolicySource } from "./source.ts";
import { fillTemplate, formatNumber, formatParam, isShownAsCurrency, unitOf } from "./template.ts";

/** The words of ours on a card. A type without a template shows its type and raw parameters. */
export const STAKES: Record<ActionTypeSource["reversibility"], string> = {
  reversible: "can be undone",
  compensable: "can be corrected afterwards",
  irreversible: "can't be undone",
};

/** `environment`: the one that counts, which may be stricter than the one the action claims. */
export function presentAction(
  action: CanonicalAction,
  environment: string,
  type: ActionTypeSource | undefined,
  silence: string,
): Presentation {
  const parameters = inOrder(action, type).map((name) => ({
    name,
    label: labelOf(type, name),
    value: formatParam(type, paramsOf(action), name),
    ...(isShownAsCurrency(type, paramsOf(action), name) ? { within: true as const } : {}),
    ...unitOf(type, paramsOf(action), name),
  }));
  const template = type?.title ?? "";
  const title = template === "" ? untitled(action, parameters) : fillTemplate(template, type, { ...action, environment });
  return {
    title: clip(title, 150),
    fields: [
      ...parameters,
      ...fieldsBesideParams(action, environment, type, title.length <= 150 && template.includes("{target}")),
    ],
    stakes: type === undefined ? "unknown risk" : STAKES[type.reversibility],
    isIrreversible: type?.reversibility === "irreversible",
    buttons: {
      approve: type?.buttons.approve ?? "Approve",
      reject: type?.buttons.reject ?? "Reject",
      modify: type?.buttons.modify ?? "Change…",
    },
    effects: {
      approve: type?.effects.approve ?? "the agent does exactly this",
      reject: type?.effects.reject ?? "back to the agent with your reason",
      modify: type?.effects.modify ?? "the agent does it with your values",
      silence,
    },
    owner: type?.owner ?? null,
    basis: type?.basis ?? null,
    playbookUrl: type?.playbook ?? null,
  };
}

/** What has no template is called by its type and what would be done with it. */
const untitled = ({ type }: CanonicalAction, parameters: Presentation["fields"]): string =>
  [type, parameters.map(({ label, value }) => `${label} ${inertText(value)}`).join(", ")]
    .filter((part) => part !== "")
    .join(": ");

export function presentQuestion(question: Question, silence: string): Presentation {
  const options = optionsOf(question);
  return {
    title: say.cards.questionTitle(clip(isolated(inertText(question.text).trim()), 140)),
    fields: [],
    stakes: options.length > 0 ? `${options.length} answers offered` : "free answer",
    isIrreversible: false,
    buttons: { approve: "Answer…", reject: "Decline to answer", modify: "Change…" },
    effects: { approve: "the agent goes on with your answer", reject: "the agent is told you won't answer", modify: "", silence },
    owner: null,
    basis: null,
    playbookUrl: null,
  };
}

export function presentArtifact(
  { media_type, content }: Artifact,
  { buttons, effects }: PolicySource["artifacts"],
  silence: string,
): Presentation {
  const [firstLine = ""] = content.split(/[\r\n]+/).filter((line) => /[\p{L}\p{N}]/u.test(line));
  const beginning = isolated(inertText(firstLine.replace(/^[\s#>*]+/, "").replace(/[\s,;:]+$/, "")).trim());
  return {
    title: say.cards.artifactTitle(clip(beginning === "" ? "…" : beginning, 140)),
    fields: [],
    stakes: say.cards.artifactStakes(media_type, formatNumber(content.length)),
    isIrreversible: false,
    buttons: {
      approve: buttons.approve ?? "Approve text",
      reject: buttons.reject ?? "Reject",
      modify: buttons.modify ?? "Edit…",
    },
    effects: {
      approve: effects.approve ?? "the agent uses the text as it is",
      reject: effects.reject ?? "back to the agent with your reason",
      modify: effects.modify ?? "the agent uses your text",
      silence,
    },
    owner: null,
    basis: null,
    playbookUrl: null,
  };
}

const labelOf = (type: ActionTypeSource | undefined, name: string): string =>
  own(type?.labels ?? {}, name) ?? isolated(inertText(name.replaceAll("_", " "))).replace(/^./u, (c) => c.toUpperCase());

/**
 * What the digest covers beside the parameters, unless it is told elsewhere on the card: the target in the title, the environment
 * and what can be undone in the line under it. Where the agent's claim differs from what counts, the claim is shown as a claim.
 */
function fieldsBesideParams(
  action: CanonicalAction,
  environment: string,
  type: ActionTypeSource | undefined,
  targetInTitle: boolean,
): Presentation["fields"] {
  const { target, reversible } = action;
  const fields: Presentation["fields"] = [];
  if (target !== undefined && !(targetInTitle && exactText(target) === inertText(target)))
    fields.push({ name: "/target", label: "Target", value: isolated(exactText(target)) });
  if (action.environment !== undefined && action.environment !== environment)
    fields.push({ name: "/environment", label: "Environment, says the agent", value: isolated(exactText(action.environment)) });
  if (reversible !== undefined && reversible !== (type?.reversibility === "reversible"))
    fields.push({ name: "/reversible", label: "Can be undone, says the agent", value: reversible ? "yes" : "no" });
  return fields;
}

/**
 * The policy's order of labels first, then as the agent sent them. The list is kept, because the database keeps no order of the
 * parameters themselves.
 */
function inOrder(action: CanonicalAction, type: ActionTypeSource | undefined): string[] {
  const params = paramsOf(action);
  const labelled = Object.keys(type?.labels ?? {}).filter((name) => Object.hasOwn(params, name));
  const others = Object.keys(params).filter((name) => !labelled.includes(name));
  return [...labelled, ...others];
}
