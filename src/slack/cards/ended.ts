import type { KnownBlock } from "@slack/types";
import { authorsOf } from "../../domain/life/decision.ts";
import type { Decision, Escalation } from "../../domain/shapes/escalation.ts";
import { optionsOf } from "../../domain/shapes/request.ts";
import { REASON_CODE_LABELS } from "../../domain/shapes/vocabulary.ts";
import { bold, context, duration, escapeMrkdwn, foreign, line, literal, richText, section, when, words } from "../text.ts";
import { detailsButton } from "./buttons.ts";
import { changeLines } from "./change.ts";
import { openLiteral } from "./notification.ts";
import { pagedPeople } from "./paging.ts";
import { apart, pairs } from "./parameters.ts";
import { type CardView, type Rendered, rendered } from "./view.ts";

/** The same card later: no buttons, who did what and when, what became of it, and the act folded to its title and parameters. */
export function settledCard({ escalation }: CardView): Rendered {
  const { presentation } = escalation.ruling;
  const head = headline(escalation);
  const blocks: KnownBlock[] = [
    section(`*${literal(presentation.title)}*`),
    section([head, ...details(escalation)].join("\n")),
    ...reasonBlock(escalation),
    ...pairs(
      apart(presentation.fields)
        .slice(0, 5)
        .map((field) => ({ ...field, value: foreign(field.value, 100) })),
    ),
    context(
      `${escapeMrkdwn(escalation.agentName)} · ${escapeMrkdwn(escalation.ruling.environment)} · esc_…${escalation.id.slice(-4)}`,
    ),
    ...(escalation.endedAt === null ? [detailsButton(escalation)] : []),
  ];
  return rendered(blocks, `${openLiteral(escalation)} – ${head.replaceAll("*", "")}`, false);
}

const MARKS = {
  approve: "✔ *Approved",
  modify: "✔ *Approved with a change",
  reject: "✖ *Rejected",
  answer: "✔ *Answered",
  take_over: "✔ *Taken over and done",
} as const;

/** One state mark with the word beside it. Silence is told as silence, never as somebody's rejection. */
export function headline(escalation: Escalation): string {
  const { decision } = escalation;
  if (escalation.endedReason === "cancelled") return "◼ *Withdrawn by the agent*";
  if (decision === null && (escalation.state === "timed_out" || escalation.endedReason === "timed_out")) {
    return `⊘ ${silent(escalation)}: ${escalation.ruling.presentation.effects.silence}`;
  }
  if (decision === null) return notice(escalation);
  if (decision.source === "timeout") {
    const what = decision.type === "reject" ? "rejected by policy" : "approved by policy";
    return `⊘ ${silent(escalation)}: ${what}`;
  }
  const people = authorsOf(decision).map((userId) => `<@${userId}>`);
  const waited = duration(decision.decidedAt.getTime() - escalation.createdAt.getTime());
  return `${MARKS[decision.type]} by ${people.join(" and ")}* at ${when(decision.decidedAt)} (waited ${waited})`;
}

/** Somebody who took it over and went silent is not nobody. */
export const silent = (escalation: Pick<Escalation, "takenOverBy" | "deadline">): string =>
  escalation.takenOverBy === null
    ? `*Nobody answered${by(escalation)}*`
    : `*Taken over by <@${escalation.takenOverBy}>, no result${by(escalation)}*`;

const by = (escalation: Pick<Escalation, "deadline">): string =>
  escalation.deadline === null ? "" : ` by ${when(escalation.deadline)}`;

function notice(escalation: Escalation): string {
  const { tier, reasons } = escalation.ruling;
  const why = reasons.find((reason) => reason.tier === tier)?.detail ?? "";
  return `ℹ *For your information:* the agent may do this on its own (${escapeMrkdwn(why)})`;
}

function details(escalation: Escalation): string[] {
  const lines: string[] = [];
  if (escalation.modification.length > 0) lines.push(changeLines(escalation).join(" · "));
  const paged = escalation.decision?.source === "human" ? null : pagedPeople(escalation);
  if (paged !== null) lines.push(`Paged ${paged}`);
  const ran = whatBecameOfIt(escalation);
  if (ran !== null) lines.push(ran);
  return lines;
}

/** Closes the loop: whether it ran, and whether it was this. */
export function whatBecameOfIt(escalation: Escalation): string | null {
  const agent = escapeMrkdwn(escalation.agentName);
  const at = escalation.endedAt === null ? "" : ` at ${when(escalation.endedAt)}`;
  switch (escalation.endedReason) {
    case "executed":
      return `✓ ${agent} did exactly this${at}`;
    case "executed_differs":
      return `‼ *${agent} executed something else than was permitted*${at}. The owner has been alarmed.`;
    case "execution_failed":
      return `✗ ${agent} tried and failed${at}`;
    case "skipped":
      return `– ${agent} did not do it after all${at}`;
    case "rolled_back":
      return `↩ ${agent} undid it${at}`;
    case "never_resumed":
      return `‼ *Approved, but never ran:* ${agent} did not come back in time${at}`;
    case "outcome_unknown":
      return `‼ *Nobody knows whether it ran:* ${agent} went silent after it started. A person is asked to look.`;
    case "outcome_unreported":
      return `✗ ${agent} never said what became of it${at}`;
    // Nothing was to be executed, or nothing has ended yet.
    case "timed_out":
    case "rejected":
    case "answered":
    case "handled_by_human":
    case "cancelled":
    case null:
      return inProgress(escalation, agent);
  }
}

function inProgress(escalation: Escalation, agent: string): string | null {
  if (escalation.state === "resuming") return `▸ ${agent} has resumed and is doing it now`;
  if (escalation.state === "running") return `▸ ${agent} is doing it now`;
  const executable = escalation.decision?.type === "approve" || escalation.decision?.type === "modify";
  if (escalation.endedAt === null && executable) return `▸ Waiting for ${agent} to resume`;
  return null;
}

/** What was chosen, by its label, and what was written beside it. */
export function answerWords({ request }: Pick<Escalation, "request">, { answer }: Pick<Decision, "answer">): string | null {
  if (answer === null) return null;
  const options = request.kind === "question" ? optionsOf(request.question) : [];
  const chosen = options.find((option) => option.id === answer.option)?.label ?? answer.option;
  return [chosen, answer.text].filter((part) => part !== null).join(" – ");
}

function reasonBlock(escalation: Escalation): KnownBlock[] {
  const { decision } = escalation;
  if (decision === null) return [];
  const parts = [decision.reason, answerWords(escalation, decision), decision.result].filter((part) => part !== null);
  const code = decision.reasonCode === null ? [] : [bold(`${REASON_CODE_LABELS[decision.reasonCode]}  `)];
  if (parts.length === 0 && code.length === 0) return [];
  return [richText(line(...code, words(parts.length === 0 ? " " : `“${foreign(parts.join(" – "), 600)}”`)))];
}
