import type { Alarm } from "../../domain/consequences/effects.ts";
import { lateReport } from "../../domain/consequences/late-report.ts";
import { isSoftReview } from "../../domain/kinds/all.ts";
import { authorsOf } from "../../domain/life/decision.ts";
import { endOf, ranElse } from "../../domain/life/outcome.ts";
import type { Decision, Escalation } from "../../domain/shapes/escalation.ts";
import type { Event } from "../../domain/shapes/events.ts";
import { openWords } from "../../domain/shapes/guarded.ts";
import { REASON_CODE_LABELS } from "../../domain/shapes/vocabulary.ts";
import { say } from "../../words/en.ts";
import { changeLines } from "../cards/change.ts";
import { silenceEffect } from "../cards/consequences.ts";
import { answerWords, fitsOnCard, silent } from "../cards/ended.ts";
import { openLiteral } from "../cards/notification.ts";
import { escapeMrkdwn, joinAnd, literal, mentions, when } from "../text.ts";
import { endWords } from "./states.ts";

const words = say.thread.line;

/**
 * The history of a card, in its thread: what the card does not say itself, or only until the next thing happens. Who was paged,
 * who is on it and that the agent goes on all stand on the card, and a vote that decides is told by the decision.
 */
export function threadLine(event: Event, after: Escalation): string | null {
  const agent = escapeMrkdwn(after.agentName);
  switch (event.type) {
    case "opened":
      return null;
    case "voted":
      return after.state === "paused_pending_human"
        ? `◐ ${(isSoftReview(after) ? words.confirmedOneOf : words.approvedOneOf)(`<@${event.vote.userId}>`)}`
        : null;
    case "abstained": {
      const why = event.vote.reason === null ? "" : ` – ${quote(after, event.vote.reason)}`;
      return `– ${words.abstained(`<@${event.vote.userId}>`, why)}`;
    }
    case "modified":
    case "amended":
    case "edited": {
      if (after.state !== "paused_pending_human") return null;
      const changes = changeLines(after);
      const why = event.vote.reason === null ? "" : ` – ${quote(after, event.vote.reason)}`;
      return changes.length === 0
        ? `✎ ${words.changedBack(`<@${event.by}>`, agent, why)}`
        : `✎ ${words.changed(`<@${event.by}>`, openly(after, changes.join(" · ")), why)}`;
    }
    case "step_reported": {
      // What went well stands on the card.
      if (event.outcome.status !== "failed" && !event.differs) return null;
      const place = after.steps.findIndex(({ id }) => id === event.step) + 1;
      const detail = event.outcome.detail === null ? "" : ` ${quote(after, event.outcome.detail)}`;
      return `✗ ${event.differs ? words.stepDiffers(agent, place) : words.stepFailed(agent, place)}${detail}`;
    }
    case "asked":
      return `? ${words.asks(`<@${event.message.userId ?? ""}>`, quote(after, event.message.text))}`;
    case "told":
      return `» ${words.answers(agent, quote(after, event.message.text))}`;
    case "flagged": {
      const who = "userId" in event.by ? `<@${event.by.userId}>` : escapeMrkdwn(event.by.machine);
      return `⚑ ${words.flagged(who, quote(after, event.text))}`;
    }
    case "raised":
      return `↑ ${words.escalated(`<@${event.by}>`, quote(after, event.reason))}`;
    case "taken_over":
      return `◉ ${tookOver(event.by, after)}`;
    case "handed_back":
      return `↩ ${words.handedBack(`<@${event.by}>`)}`;
    case "paged":
      return pagedLine(event);
    case "vote_withdrawn": {
      const told = event.why === "own" ? say.thread.withdrew : say.thread.accountGone;
      return `↩ ${told(`<@${event.userId}>`)}`;
    }
    case "released":
      return `↩ ${say.thread.released(`<@${event.by}>`)}`;
    case "claim_lapsed":
      return `… ${words.claimLapsed(`<@${event.userId}>`)}`;
    case "extended": {
      const until = when(event.deadline, "{date_short_pretty} {time}");
      return `◷ ${words.extended(`<@${event.by}>`, until, quote(after, event.reason))}`;
    }
    case "requester_unknown":
      return `⚠ ${say.thread.requesterUnknown(`<@${after.request.requested_by ?? ""}>`)}`;
    case "clock_resumed":
      return after.messages.at(-1)?.from === "reviewer" ? `… ${words.silentOnQuestion(agent)}` : null;
    case "clock_paused":
    case "requester_confirmed":
    case "claimed":
    case "reminded":
    case "batched":
    case "started":
    case "lease_extended":
      return null;
    default:
      return movingLine(event, after, agent);
  }
}

function tookOver(by: string, after: Escalation): string {
  if (after.deadline === null) return words.tookOver(`<@${by}>`);
  return words.tookOverUntil(`<@${by}>`, when(after.deadline, "{date_short_pretty} {time}"), silenceEffect(after));
}

/** Who of the chain is not paged, because being on call gives nobody the right to decide, and what else a page has to say. */
function pagedLine({ page, notPaged, note, skipped }: Extract<Event, { type: "paged" }>): string | null {
  const isEnd = page.userIds.length === 0;
  const who = isEnd ? words.chainEnds : words.paged(mentions(page.userIds), escapeMrkdwn(page.label));
  const all = [...skipped, { label: page.label, notPaged, note }];
  const without = [...new Set(all.flatMap((step) => step.notPaged))];
  const cannot = without.length === 0 ? "" : ` ${words.cannotDecide(mentions(without), without.length)}`;
  const empty = skipped.filter((step) => step.notPaged.length === 0).map((step) => escapeMrkdwn(step.label));
  const nobody = empty.length === 0 ? "" : ` ${words.nobodyOnCall(joinAnd(empty))}`;
  const notes = all.flatMap((step) => (step.note === null ? [] : [` ⚠ ${escapeMrkdwn(step.note)}.`]));
  const more = `${cannot}${nobody}${notes.join("")}`;
  return isEnd || more !== "" ? `☎ ${who}${more}` : null;
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
  | "restored"
  | "resumed"
  | "regranted"
  | "lease_lapsed"
  | "reached"
  | "reported"
  | "reported_meanwhile"
  | "settled"
  | "reported_late"
  | "expired"
  | "cancelled"
  | "terminated";

function movingLine(event: Extract<Event, { type: Moving }>, after: Escalation, agent: string): string | null {
  switch (event.type) {
    case "decided":
      return isNewsOf(event.decision, after) ? decidedLine(event.decision, after) : null;
    case "timed_out":
      return `⊘ ${words.silence(silent(after).replaceAll("*", ""), silenceEffect(after))}`;
    case "transferred":
      // The old card's thread has the silence and who is asked now; the new card says where it comes from.
      return null;
    case "reopened": {
      const changed = event.changed.map((c) => `${literal(c.name)} ${literal(c.was)} → ${literal(c.is)}`);
      return `↻ ${words.reopened(openly(after, changed.join(", ")))}`;
    }
    case "restored": {
      const at = when(event.to, "{date_short_pretty} {time}");
      return `⚠ ${event.again === null ? words.restoredEnded(at) : words.restoredAsked(at)}`;
    }
    case "resumed":
      return null;
    case "regranted":
      return `▸ ${words.resumedAgain(agent, event.execution.attempt)}`;
    case "lease_lapsed":
      return `… ${(after.decision?.type === "rollback" ? words.canBeUndone : words.wentSilent)(agent)}`;
    case "reached":
      return event.via === "time" ? `– ${words.neverFetched(agent)}` : null;
    case "reported": {
      if (event.endedReason === "executed") return null;
      const { detail } = event.outcome;
      const said = detail === null ? "" : ` – ${quote(after, detail)}`;
      return `${after.state === "completed" ? "✓" : "✗"} ${words.reported(agent, endWords(event.endedReason), said)}`;
    }
    case "reported_meanwhile": {
      const { status, detail } = event.outcome;
      const said = detail === null ? "" : ` – ${quote(after, detail)}`;
      const end = endWords(endOf(after, event.outcome));
      if (after.acted !== null) return `⚠ ${words.saysOnlyNow(agent, end, said)}`;
      return status === "completed" && !ranElse(after, event.outcome) ? null : `✗ ${words.reported(agent, end, said)}`;
    }
    case "settled":
      return null;
    case "reported_late": {
      const { detail } = event.outcome;
      const report = lateReport(after, { ...event.outcome, detail: null });
      return `▸ ${report}${detail === null ? "" : ` – ${quote(after, detail)}`}`;
    }
    case "expired":
      return `✗ ${words.ended(endWords(event.endedReason))}`;
    case "cancelled":
      return event.by === "house"
        ? `◼ ${words.withdrawnWithAgent(agent)}`
        : `◼ ${words.withdrew(agent, quote(after, event.reason))}`;
    case "terminated":
      return `◼ ${words.sessionEnded(event.userId === null ? null : `<@${event.userId}>`, quote(after, event.reason))}`;
    default: {
      const unknown: never = event;
      return unknown;
    }
  }
}

/**
 * The card says it all. But nobody is notified of a card that is drawn anew: where others took part, they hear of it here; and so
 * does everybody where the reason is longer than the card has room for.
 */
function isNewsOf(decision: Decision, after: Escalation): boolean {
  const tookPart = [...after.votes, ...decision.votes, ...after.messages].flatMap(({ userId }) => userId ?? []);
  return decision.type === "edit" || new Set(tookPart).size > 1 || !fitsOnCard(after);
}

const MARKS: Partial<Record<Decision["type"], string>> = { reject: "✖", rollback: "↩" };

function decidedLine(decision: Decision, after: Escalation): string {
  const who = joinAnd(authorsOf(decision).map((userId) => `<@${userId}>`));
  const why = [
    decision.reasonCode === null ? "" : REASON_CODE_LABELS[decision.reasonCode],
    decision.reason === null ? "" : quote(after, decision.reason),
  ]
    .filter((part) => part !== "")
    .join(" – ");
  const said = answerWords(after, decision);
  const answer = said === null ? "" : `: ${quote(after, said)}`;
  const changes = decision.type === "modify" || decision.type === "edit" ? openly(after, changeLines(after).join(" · ")) : "";
  const changed = changes === "" ? "" : `: ${changes}`;
  const result = decision.result === null ? "" : `: ${quote(after, decision.result)}`;
  const mark = MARKS[decision.type] ?? "✔";
  return `${mark} ${words.decided(words.verdicts[decision.type], who, `${changed}${answer}${result}`, why)}`;
}

const ALARM_WORDS: Record<Alarm, string> = say.alarms.agent;

/** One line for the alarms channel and the owner. */
export function alarmLine(alarm: Alarm, after: Escalation, owner: string | null): string {
  const told = owner === null ? "" : say.alarms.told(`<@${owner}>`);
  const undoing: Partial<Record<Alarm, string>> = after.decision?.type === "rollback" ? say.alarms.undoing : {};
  const what = undoing[alarm] ?? ALARM_WORDS[alarm];
  return say.alarms.line(escapeMrkdwn(after.agentName), what, openLiteral(after), after.id, told);
}
