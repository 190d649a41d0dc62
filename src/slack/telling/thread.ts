import type { Alarm } from "../../domain/consequences/effects.ts";
import { lateReport } from "../../domain/consequences/late-report.ts";
import { authorsOf } from "../../domain/life/decision.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import type { Event } from "../../domain/shapes/events.ts";
import { openWords } from "../../domain/shapes/guarded.ts";
import { REASON_CODE_LABELS } from "../../domain/shapes/vocabulary.ts";
import { say } from "../../words/en.ts";
import { changeLines } from "../cards/change.ts";
import { answerWords, silent } from "../cards/ended.ts";
import { openLiteral } from "../cards/notification.ts";
import { escapeMrkdwn, joinAnd, literal, mentions, when } from "../text.ts";
import { endWords } from "./states.ts";

/**
 * The history of a card, a line for each event, in its thread. The card itself tells the opening; a vote that decides is told by
 * the decision.
 */
export function threadLine(event: Event, after: Escalation): string | null {
  const agent = escapeMrkdwn(after.agentName);
  switch (event.type) {
    case "opened":
      return null;
    case "voted":
      return after.state === "paused_pending_human" ? `◐ <@${event.vote.userId}> approved. More approvals are needed.` : null;
    case "modified": {
      const changes = changeLines(after);
      const why = event.vote.reason === null ? "" : ` – ${quote(after, event.vote.reason)}`;
      return changes.length === 0
        ? `✎ <@${event.by}> changed it back to what ${agent} asked for${why}`
        : `✎ <@${event.by}> changed it: ${openly(after, changes.join(" · "))}${why}`;
    }
    case "asked":
      return `? <@${event.message.userId ?? ""}> asks: ${quote(after, event.message.text)}`;
    case "told":
      return `» ${agent} answers: ${quote(after, event.message.text)}`;
    case "raised":
      return `↑ <@${event.by}> escalated to a senior: ${quote(after, event.reason)}`;
    case "taken_over":
      return `◉ <@${event.by}> has taken this over and does it personally.`;
    case "handed_back":
      return `↩ <@${event.by}> handed it back to the queue.`;
    case "paged":
      return pagedLine(event);
    case "claimed":
      return `◉ <@${event.by}> is on it until ${when(event.until)}. Nobody else is called meanwhile; anybody can still decide.`;
    case "vote_withdrawn":
      return `↩ ${event.why === "own" ? say.thread.withdrew(`<@${event.userId}>`) : say.thread.accountGone(`<@${event.userId}>`)}`;
    case "released":
      return `↩ ${say.thread.released(`<@${event.by}>`)}`;
    case "claim_lapsed":
      return `… <@${event.userId}> was on it, and no answer followed. The chain goes on.`;
    case "extended":
      return `◷ <@${event.by}> put the deadline off to ${when(event.deadline, "{date_short_pretty} {time}")}: ${quote(after, event.reason)}`;
    case "reminded":
    case "batched":
    case "started":
    case "lease_extended":
      return null;
    default:
      return movingLine(event, after, agent);
  }
}

/** Who is called, and who of the chain is not, because being on call gives nobody the right to decide. */
function pagedLine({ page, notPaged, note, skipped }: Extract<Event, { type: "paged" }>): string {
  const who =
    page.userIds.length === 0
      ? "☎ The chain is at its end."
      : `☎ Called ${mentions(page.userIds)} (${escapeMrkdwn(page.label)}).`;
  const all = [...skipped, { label: page.label, notPaged, note }];
  const without = all.flatMap((step) => step.notPaged);
  const cannot =
    without.length === 0
      ? ""
      : ` ${mentions([...new Set(without)])} ${new Set(without).size === 1 ? "is" : "are"} on call but can't decide this, so not called.`;
  const empty = skipped.filter((step) => step.notPaged.length === 0).map((step) => escapeMrkdwn(step.label));
  const nobody = empty.length === 0 ? "" : ` Nobody is on call as ${joinAnd(empty)}.`;
  const notes = all.flatMap((step) => (step.note === null ? [] : [` ⚠ ${escapeMrkdwn(step.note)}.`]));
  return `${who}${cannot}${nobody}${notes.join("")}`;
}

/** In full: the card and the brief may have less room. What is guarded is not said in a channel at all. */
const quote = (after: Escalation, text: string): string => openly(after, `“${literal(text, 3000)}”`);
const openly = (after: Escalation, mrkdwn: string): string =>
  openWords(after, mrkdwn) ?? say.guarded.withheld(after.request.classification ?? "restricted");

type Moving =
  | "decided"
  | "timed_out"
  | "transferred"
  | "reopened"
  | "resumed"
  | "regranted"
  | "lease_lapsed"
  | "reached"
  | "reported"
  | "reported_late"
  | "expired"
  | "cancelled";

function movingLine(event: Extract<Event, { type: Moving }>, after: Escalation, agent: string): string {
  switch (event.type) {
    case "decided":
      return decidedLine(event.decision, after);
    case "timed_out":
      return `⊘ ${silent(after).replaceAll("*", "")}. By policy: ${after.ruling.presentation.effects.silence}.`;
    case "transferred":
      return `→ Handed over from another queue, where nobody answered in time.`;
    case "reopened":
      return `↻ Reopened: ${openly(after, event.changed.map((c) => `${literal(c.name)} ${literal(c.was)} → ${literal(c.is)}`).join(", "))}. Nothing was executed.`;
    case "resumed":
      return `▸ ${agent} resumed.`;
    case "regranted":
      return `▸ ${agent} resumed again (attempt ${event.execution.attempt}).`;
    case "lease_lapsed":
      return `… ${agent} has gone silent. The act may be repeated safely, so it can try again.`;
    case "reached":
      return event.via === "time" ? `${agent} never fetched the answer.` : `▸ ${agent} has the answer.`;
    case "reported":
      return `${event.state === "completed" ? "✓" : "✗"} ${agent}: ${endWords(event.endedReason)}${event.outcome.detail === null ? "" : ` – ${quote(after, event.outcome.detail)}`}`;
    case "reported_late": {
      const { detail } = event.outcome;
      const words = lateReport(after, { ...event.outcome, detail: null });
      return `▸ ${words}${detail === null ? "" : ` – ${quote(after, detail)}`}`;
    }
    case "expired":
      return `✗ Ended: ${endWords(event.endedReason)}.`;
    case "cancelled":
      return event.by === "house"
        ? `◼ Withdrawn, because ${agent} was revoked. There is nothing left to decide.`
        : `◼ ${agent} withdrew it: ${quote(after, event.reason)}`;
    default: {
      const unknown: never = event;
      return unknown;
    }
  }
}

function decidedLine(decision: Extract<Event, { type: "decided" }>["decision"], after: Escalation): string {
  const who = authorsOf(decision)
    .map((userId) => `<@${userId}>`)
    .join(" and ");
  const why = [
    decision.reasonCode === null ? "" : REASON_CODE_LABELS[decision.reasonCode],
    decision.reason === null ? "" : quote(after, decision.reason),
  ]
    .filter((part) => part !== "")
    .join(" – ");
  const done = {
    approve: "✔ approved",
    modify: "✔ approved with a change",
    reject: "✖ rejected",
    answer: "✔ answered",
    take_over: "✔ taken over and done",
  }[decision.type];
  const said = answerWords(after, decision);
  const answer = said === null ? "" : `: ${quote(after, said)}`;
  const result = decision.result === null ? "" : `: ${quote(after, decision.result)}`;
  return `${done} by ${who}${answer}${result}${why === "" ? "" : ` (${why})`}`;
}

const ALARM_WORDS: Record<Alarm, string> = {
  executed_differs: "executed something else than was permitted",
  never_resumed: "was approved but never came back to do it",
  outcome_unknown: "started and went silent: nobody knows whether it ran",
  outcome_unreported: "never said what became of it",
  execution_failed: "tried and failed",
};

/** One line for the alarms channel and the owner. */
export function alarmLine(alarm: Alarm, after: Escalation): string {
  return `‼ *${escapeMrkdwn(after.agentName)} ${ALARM_WORDS[alarm]}*: ${openLiteral(after)} (${after.id}). See: /countersign show ${after.id}`;
}
