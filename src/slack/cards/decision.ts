import type { KnownBlock } from "@slack/types";
import { clip } from "../../domain/base/inert.ts";
import { kindOf, wantedOf } from "../../domain/kinds/all.ts";
import { isRequesterBarred } from "../../domain/people/authority.ts";
import type { Directory } from "../../domain/people/directory.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { optionsOf, submittedAction, submittedQuestion } from "../../domain/shapes/request.ts";
import { tierOf } from "../../domain/tiers.ts";
import { say } from "../../words/en.ts";
import { bold, escapeMrkdwn, foreign, line, literal, richText, section, when, words } from "../text.ts";
import type { Room } from "./room.ts";

/**
 * What is to be decided, by when and why: the same on a card, in the form that approves, and wherever else a decision is asked
 * for.
 */
export const needed = (escalation: Escalation): string => {
  switch (wantedOf(escalation)) {
    case "answer":
      return say.cards.answerNeeded;
    case "person":
      return say.cards.personNeeded;
    case "confirmation":
      return say.cards.confirmationNeeded;
    case "approval":
      return say.cards.approvalNeeded;
  }
};

/** One mark with the word beside it, by when, who asks for whom, where, and what is at stake. */
export function stateLine(escalation: Escalation, directory: Directory | null = null): string {
  const { presentation, environment, impact } = escalation.ruling;
  const { takenOverBy, deadline } = escalation;
  const time = deadline === null ? null : when(deadline, "{time} {date_short_pretty}");
  const mark = tierOf(escalation).doneBy === "person" ? "■" : escalation.votes.length > 0 ? "◐" : "◷";
  const asked = askedFor(escalation, directory);
  const state =
    takenOverBy === null
      ? `${mark} *${needed(escalation)}*${time === null ? "" : ` ${say.cards.by(time)}`}`
      : `◉ *${say.cards.takenOver(`<@${takenOverBy}>`)}*${time === null ? "" : ` · ${say.cards.resultBy(time)}`}`;
  return [
    state,
    escapeMrkdwn(escalation.agentName),
    escapeMrkdwn(environment),
    ...(impact === null ? [] : [say.cards.impact(impact)]),
    ...(kindOf(escalation).hasStakes ? [presentation.stakes] : []),
    ...(asked === null ? [] : [asked]),
  ].join(" · ");
}

/** Who is said to have asked for it, and what follows from that. */
export function askedFor(escalation: Escalation, directory: Directory | null): string | null {
  const { requested_by } = escalation.request;
  if (requested_by === undefined) return null;
  const who = `<@${requested_by}>`;
  if (escalation.requester === "nobody") return say.cards.askedForByNobody(who);
  const isBarred = directory !== null && isRequesterBarred(directory, escalation);
  return isBarred ? say.cards.askedForByReviewer(who) : say.cards.askedForBy(who);
}

/**
 * Of a question its own text and the answers it offers, in which what is to be decided is not said again; nor are the answers
 * where each has a button.
 */
export function decisionBlocks({ request, ruling }: Escalation, room: Room, hasButtons = false): KnownBlock[] {
  const decide = foreign(request.brief.decision_required, room.isInFull ? 300 : 170);
  const question = submittedQuestion(request);
  if (question === null) return [richText(line(bold(`${say.cards.decide}  `), words(decide)))];
  const offered = hasButtons && room.isInFull ? [] : optionsOf(question);
  const labels = offered.slice(0, 8).map((option) => foreign(option.label, 75));
  const more = offered.length > 8 ? ` · ${say.cards.more(offered.length - 8)}` : "";
  const lines = [
    ...(ruling.presentation.title.includes(foreign(question.text, 400)) ? [] : [foreign(question.text, 400, true)]),
    ...(foreign(question.text, 300) === decide ? [] : [decide]),
  ];
  return [
    ...(lines.length === 0 ? [] : [richText(...lines.map((text) => line(words(text))))]),
    ...(labels.length === 0 ? [] : [richText(line(bold(`${say.cards.answersOffered}  `), words(labels.join(" · ") + more)))]),
  ];
}

/** The strictest reasons, as many as there is room for; all of them are in the full brief. */
export function whyItAsks({ ruling, request, agentName }: Escalation, room: Room): KnownBlock {
  const own = request.brief.trigger.detail;
  // That an agent asks because it has a question or a text says nothing; what it gives as its reason does.
  if (submittedAction(request) === null && own !== undefined && own.trim() !== "")
    return section(`*${say.cards.whyItAsks}*  ${say.cards.agentIs(escapeMrkdwn(agentName), literal(own, 150))}`);
  const winning = ruling.reasons.filter((reason) => reason.tier === ruling.tier);
  // Several rules about an amount that is missing say the same.
  const strictest = [...new Set(winning.map((reason) => clip(reason.detail, 150)))];
  const said = strictest
    .slice(0, room.reasons)
    .filter((one, i) => i === 0 || strictest.slice(0, i).join(" · ").length + one.length <= 170);
  const more = strictest.length - said.length;
  const text = [...said.map((one) => literal(one)), ...(more > 0 ? [say.cards.moreReasons(more)] : [])].join(" · ");
  return section(`*${say.cards.whyItAsks}*  ${text}`);
}

/** The last exchange with the agent; all of it is in the full brief. */
export function lastMessages({ messages, agentName }: Escalation, room: Room): KnownBlock[] {
  const last = room.messages === 0 ? [] : messages.slice(-room.messages);
  if (last.length === 0) return [];
  return [
    richText(
      ...last.map((message) => {
        const who =
          message.from === "agent"
            ? [bold(`${say.cards.answers(agentName)}  `)]
            : [
                ...(message.userId === null ? [] : [{ type: "user" as const, user_id: message.userId }]),
                bold(` ${say.cards.asks}  `),
              ];
        return line(...who, words(foreign(message.text, room.chars <= 170 ? 75 : 170)));
      }),
    ),
  ];
}
