import type { KnownBlock } from "@slack/types";
import { dispositionOf } from "../../domain/consequences/api-shape.ts";
import { isExecutable } from "../../domain/life/agent.ts";
import { isChanged } from "../../domain/life/change.ts";
import { authorsOf } from "../../domain/life/decision.ts";
import type { Decision, Escalation } from "../../domain/shapes/escalation.ts";
import { isGuarded, optionsOf, submittedQuestion } from "../../domain/shapes/request.ts";
import { REASON_CODE_LABELS } from "../../domain/shapes/vocabulary.ts";
import { say } from "../../words/en.ts";
import {
  bold,
  context,
  duration,
  escapeMrkdwn,
  foreign,
  joinAnd,
  line,
  literal,
  words as plainWords,
  richText,
  section,
  when,
} from "../text.ts";
import { settledActions } from "./buttons.ts";
import { changeLines } from "./change.ts";
import { openLiteral } from "./notification.ts";
import { pagedPeople } from "./paging.ts";
import { fieldsOf, pairs } from "./parameters.ts";
import { progressBlocks } from "./plan.ts";
import { type CardView, type Rendered, rendered } from "./view.ts";

const words = say.cards;

/**
 * The same card later: no way to decide, who did what and when, what became of it, and the act folded to its title and
 * parameters. `isOpen`: people read it who may not decide. `where`: on a copy, the way to the card in the channel.
 */
export function settledCard({ escalation }: CardView, isOpen: boolean, where: string | null = null): Rendered {
  const { presentation } = escalation.ruling;
  const head = headline(escalation);
  const isHidden = isOpen && isGuarded(escalation.request);
  const blocks: KnownBlock[] = [
    section(`*${isHidden ? openLiteral(escalation) : literal(presentation.title)}*`),
    section([head, ...details(escalation, isHidden)].join("\n")),
    ...(isHidden
      ? []
      : [
          ...reasonBlock(escalation),
          ...pairs(
            fieldsOf(escalation)
              .filter(({ name }) => !name.startsWith("/steps/"))
              .slice(0, 5)
              .map((field) => ({ ...field, value: foreign(field.value, 100) })),
          ),
          ...progressBlocks(escalation),
        ]),
    context(
      [escalation.agentName, escalation.ruling.environment]
        .map(escapeMrkdwn)
        .concat(where ?? [])
        .join(" · "),
    ),
    settledActions(escalation),
  ];
  return rendered(blocks, `${openLiteral(escalation)} – ${head.replaceAll("*", "")}`, false);
}

const MARKS = {
  approve: ["✔", words.approved],
  modify: ["✔", words.approvedWithChange],
  edit: ["✔", words.approvedWithChange],
  reject: ["✖", words.rejected],
  answer: ["✔", words.answered],
  confirm: ["✔", words.confirmed],
  rollback: ["↩", words.rollbackDecided],
  take_over: ["✔", words.takenOverAndDone],
} as const;

/** One state mark with the word beside it. Silence is told as silence, never as somebody's rejection. */
export function headline(escalation: Escalation): string {
  const { decision } = escalation;
  if (escalation.endedReason === "session_terminated")
    return `◼ *${words.sessionEnded}*${escalation.endedAt === null ? "" : ` ${words.at(day(escalation.endedAt))}`}`;
  if (escalation.endedReason === "cancelled")
    return `◼ *${words.withdrawn}*${escalation.endedAt === null ? "" : ` ${words.at(day(escalation.endedAt))}`}`;
  if (decision === null && (escalation.state === "timed_out" || escalation.endedReason === "timed_out")) {
    return `⊘ ${silent(escalation)}: ${escalation.ruling.presentation.effects.silence}`;
  }
  if (decision === null) return notice(escalation);
  if (decision.source === "timeout") return `⊘ ${silent(escalation)}: ${byPolicy(decision, escalation.takenOverBy)}`;
  const people = authorsOf(decision).map((userId) => `<@${userId}>`);
  const waited = duration(decision.decidedAt.getTime() - escalation.createdAt.getTime());
  const [mark, what] = MARKS[decision.type];
  return `${mark} *${words.decidedBy(what, joinAnd(people))}* ${words.decidedAt(day(decision.decidedAt), waited)}`;
}

const BY_POLICY: Partial<Record<Decision["type"], string>> = {
  reject: words.rejectedByPolicy,
  confirm: words.keptByPolicy,
  rollback: words.rolledBackByPolicy,
};

function byPolicy({ type }: Decision, takenOverBy: string | null): string {
  const said = BY_POLICY[type] ?? words.approvedByPolicy;
  return takenOverBy === null ? said : words.mayHaveDoneIt(said, `<@${takenOverBy}>`);
}

/** The next morning a time alone says nothing. */
const day = (at: Date): string => when(at, "{time} {date_short_pretty}");

/** Somebody who took it over and went silent is not nobody. */
export const silent = ({ takenOverBy, deadline }: Pick<Escalation, "takenOverBy" | "deadline">): string => {
  const by = deadline === null ? "" : ` ${words.by(day(deadline))}`;
  return `*${takenOverBy === null ? words.nobodyAnswered(by) : words.noResult(`<@${takenOverBy}>`, by)}*`;
};

function notice(escalation: Escalation): string {
  const { tier, reasons } = escalation.ruling;
  const why = reasons.find((reason) => reason.tier === tier)?.detail ?? "";
  return `ℹ *${words.forInformation}* ${words.mayDoIt(escapeMrkdwn(why))}`;
}

function details(escalation: Escalation, isHidden: boolean): string[] {
  const lines: string[] = [];
  if (isChanged(escalation) && !isHidden) lines.push(changeLines(escalation).join(" · "));
  const paged = escalation.decision?.source === "human" ? null : pagedPeople(escalation);
  if (paged !== null) lines.push(words.paged(paged));
  const ran = whatBecameOfIt(escalation);
  if (ran !== null) lines.push(ran);
  if (escalation.flag !== null) lines.push(flagLine(escalation.flag, isHidden));
  const { withdrawal, outcome } = escalation;
  if (withdrawal?.by === "house") lines.push(words.withdrawnWithAgent(escapeMrkdwn(escalation.agentName)));
  if (withdrawal?.by === "session")
    lines.push(words.sessionEndedBy(withdrawal.userId === undefined ? null : `<@${withdrawal.userId}>`));
  const detail = withdrawal !== null && withdrawal.by !== "house" ? withdrawal.reason : (outcome?.detail ?? null);
  if (detail !== null && detail.trim() !== "" && !isHidden) lines.push(`“${literal(detail, 300)}”`);
  return lines;
}

function flagLine({ userId, machine, text }: NonNullable<Escalation["flag"]>, isHidden: boolean): string {
  const who = userId === null ? escapeMrkdwn(machine ?? "") : `<@${userId}>`;
  return `⚑ *${words.flaggedBy(who)}*${isHidden ? "" : ` “${literal(text, 200)}”`} ${words.flagGoesToReview}`;
}

/** Closes the loop: whether it ran, and whether it was this. */
export function whatBecameOfIt(escalation: Escalation): string | null {
  const agent = escapeMrkdwn(escalation.agentName);
  const at = escalation.endedAt === null ? "" : ` at ${day(escalation.endedAt)}`;
  const undone = escalation.decision?.type === "rollback" ? whatBecameOfUndoing(escalation, agent, at) : null;
  if (undone !== null) return undone;
  switch (escalation.endedReason) {
    case "executed":
      return `✓ ${words.didExactlyThis(agent, at)}`;
    case "executed_differs":
      return `‼ *${words.ranSomethingElse(agent, at)}* ${whoWasTold(escalation)}`;
    case "execution_failed":
      return `✗ ${words.triedAndFailed(agent, at)}`;
    case "skipped":
      return `– ${words.didNotDoIt(agent, at)}`;
    case "rolled_back":
      return `↩ ${words.undidIt(agent, at)}`;
    case "never_resumed":
      return `‼ *${words.neverRan}* ${words.neverCameBack(agent, at)}`;
    case "outcome_unknown":
      if (escalation.restored !== null) return `‼ *${words.nobodyKnows}* ${words.lostInRestore(day(escalation.restored.to))}`;
      return `‼ *${words.nobodyKnows}* ${words.wentSilent(agent)}`;
    case "outcome_unreported":
      if (escalation.restored !== null) return `‼ *${words.nobodyKnows}* ${words.lostInRestore(day(escalation.restored.to))}`;
      return `✗ ${words.neverSaid(agent, at)}`;
    case "timed_out":
    case "rejected":
    case "answered":
    case "handled_by_human":
    case "cancelled":
    case "session_terminated":
    case null:
      return inProgress(escalation, agent);
    default:
      return escalation.endedReason satisfies never;
  }
}

/** The same where it was to be undone; null where that says no more than of anything else. */
function whatBecameOfUndoing(escalation: Escalation, agent: string, at: string): string | null {
  const { endedReason, execution, acted, state } = escalation;
  switch (endedReason) {
    case null:
      if (state === "resuming") return `▸ ${words.undoing(agent)}`;
      return `▸ ${(dispositionOf(escalation) === "claimed" ? words.undoesWhenOver : words.waitingToUndo)(agent)}`;
    case "skipped":
      return execution === null ? `– ${words.nothingToUndo(agent)}` : null;
    case "never_resumed":
      return `‼ *${words.neverUndone}* ${words.neverCameBack(agent, at)} ${whoWasTold(escalation)}`;
    case "execution_failed":
      return acted === null ? null : `‼ *${words.undoFailed(agent, at)}* ${whoWasTold(escalation)}`;
    case "outcome_unknown":
      return acted === null ? null : `‼ *${words.nobodyKnowsUndone}* ${words.undoUnknown(agent)} ${whoWasTold(escalation)}`;
    default:
      return null;
  }
}

/** Whom the alarm goes to. */
function whoWasTold({ ruling, agentOwner }: Escalation): string {
  const owner = ruling.presentation.owner ?? agentOwner;
  return owner === null ? words.alarmsWereRaised : words.ownerWasTold(`<@${owner}>`);
}

function inProgress(escalation: Escalation, agent: string): string | null {
  if (escalation.state === "resuming") return `▸ ${words.resumed(agent)}`;
  if (escalation.state === "running") return `▸ ${words.doingIt(agent)}`;
  if (escalation.endedAt === null && escalation.execution !== null) return `▸ ${words.doingIt(agent)}`;
  if (escalation.endedAt === null && isExecutable(escalation)) return `▸ ${words.waitingToResume(agent)}`;
  return null;
}

/** What was chosen, by its label, and what was written beside it. */
export function answerWords({ request }: Pick<Escalation, "request">, { answer }: Pick<Decision, "answer">): string | null {
  if (answer === null) return null;
  const question = submittedQuestion(request);
  const options = question === null ? [] : optionsOf(question);
  const chosen = options.find((option) => option.id === answer.option)?.label ?? answer.option;
  return [chosen, answer.text].filter((part) => part !== null).join(" – ");
}

/** Why, in a few words, for a list of decisions. */
export function whyDecided(escalation: Escalation): string | null {
  const { decision, withdrawal } = escalation;
  const code = decision?.reasonCode ?? null;
  const said = [withdrawal?.reason ?? decision?.reason ?? null, decision === null ? null : answerWords(escalation, decision)];
  const spoken = isGuarded(escalation.request) ? [] : said.filter((part) => part !== null);
  const parts = [...(code === null ? [] : [REASON_CODE_LABELS[code]]), ...spoken.map((part) => `“${literal(part, 80)}”`)];
  return parts.length === 0 ? null : parts.join(" – ");
}

const SAID_CHARS = 600;

/** What was said with a decision: why, the answer, the result. */
const saidWith = (escalation: Escalation, decision: Decision): string[] =>
  [decision.reason, answerWords(escalation, decision), decision.result].filter((part) => part !== null);

/** Whether the card shows all that was said with its decision. */
export const fitsOnCard = (escalation: Escalation): boolean =>
  escalation.decision === null || saidWith(escalation, escalation.decision).join(" – ").length <= SAID_CHARS;

function reasonBlock(escalation: Escalation): KnownBlock[] {
  const { decision } = escalation;
  if (decision === null) return [];
  const parts = saidWith(escalation, decision);
  const code = decision.reasonCode === null ? [] : [bold(`${REASON_CODE_LABELS[decision.reasonCode]}  `)];
  if (parts.length === 0 && code.length === 0) return [];
  return [richText(line(...code, plainWords(parts.length === 0 ? " " : `“${foreign(parts.join(" – "), SAID_CHARS)}”`)))];
}
