import type { KnownBlock } from "@slack/types";
import { clip } from "../../domain/base/inert.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { openTitle } from "../../domain/shapes/guarded.ts";
import { seatWords } from "../../domain/shapes/refusal.ts";
import { isGuarded, optionsOf } from "../../domain/shapes/request.ts";

import { say } from "../../words/en.ts";
import { bold, context, escapeMrkdwn, foreign, header, line, literal, richText, section, when, words } from "../text.ts";

import { agentSays } from "./agent-says.ts";
import { cardActions } from "./buttons.ts";
import { consequences } from "./consequences.ts";

import { notices, quorum } from "./notices.ts";
import { waitingText } from "./notification.ts";

import { pagingNotices } from "./paging.ts";
import { apart, fitsCard, parameterBlocks } from "./parameters.ts";
import { type Room, withinLines } from "./room.ts";
import { type CardView, type Rendered, rendered } from "./view.ts";

/**
 * A card that waits for somebody: what, by when, how many have to agree, what to decide and why, what exactly, what the agent says, what
 * each button does. `reader`: the person whose DM it stands in, null in a channel.
 */
export function pendingCard(view: CardView, reader: string | null): Rendered {
  const { escalation } = view;
  if (reader === null && isGuarded(escalation.request)) return guardedCard(view);
  const { presentation } = escalation.ruling;
  const fields = apart(presentation.fields);
  const paging = pagingNotices(view, reader);
  const { blocks: above, room } = withinLines((room) => [
    header(presentation.title),
    context(stateLine(escalation)),
    ...quorum(view),
    ...paging.urgent,
    ...notices(escalation, room),
    ...decisionBlocks(escalation, room),
    section(`*${say.cards.whyItAsks}*  ${whyItAsks(escalation, room)}`),
    ...parameterBlocks(fields, room.isInFull),
    ...agentSays(escalation, room),
    ...lastMessages(escalation, room),
  ]);
  const complete = room.isInFull && fitsCard(fields);
  const blocks: KnownBlock[] = [
    ...above,
    cardActions(escalation, complete, reader === null ? null : { userId: reader, directory: view.directory }),
    context(consequences(escalation)),
    ...paging.quiet,
    ...whoIsNeeded(view),
  ];
  return rendered(blocks, waitingText(escalation, needed(escalation).toLowerCase()), complete);
}

/** Where people listen who may not decide: what kind of thing waits and by when; all of it is in the form, which lets in who may decide. */
function guardedCard(view: CardView): Rendered {
  const { escalation } = view;
  const paging = pagingNotices(view, null);
  const blocks: KnownBlock[] = [
    header(openTitle(escalation)),
    context(stateLine(escalation)),
    ...quorum(view),
    ...paging.urgent,
    section(`⚿ ${say.cards.guarded(escalation.request.classification ?? "")}`),
    cardActions(escalation, false, null),
    context(consequences(escalation)),
    ...paging.quiet,
    ...whoIsNeeded(view),
  ];
  return rendered(blocks, waitingText(escalation, needed(escalation).toLowerCase()), false);
}

const needed = (escalation: Escalation): string => {
  if (escalation.kind === "question") return say.cards.answerNeeded;
  return escalation.ruling.tier === "hard_stop" ? say.cards.personNeeded : say.cards.approvalNeeded;
};

/** One mark with the word beside it, by when, who asks for whom, where, and what is at stake. */
function stateLine(escalation: Escalation): string {
  const { presentation, environment, tier, impact } = escalation.ruling;
  const { takenOverBy, deadline, request } = escalation;
  const time = deadline === null ? null : when(deadline, "{time} {date_short_pretty}");
  const mark = tier === "hard_stop" ? "■" : escalation.votes.length > 0 ? "◐" : "◷";
  const state =
    takenOverBy === null
      ? `${mark} *${needed(escalation)}*${time === null ? "" : ` ${say.cards.by(time)}`}`
      : `◉ *${say.cards.takenOver(`<@${takenOverBy}>`)}*${time === null ? "" : ` · ${say.cards.resultBy(time)}`}`;
  return [
    state,
    escapeMrkdwn(escalation.agentName),
    escapeMrkdwn(environment),
    ...(impact === null ? [] : [say.cards.impact(impact)]),
    ...(escalation.kind === "question" ? [] : [presentation.stakes]),
    ...(request.requested_by === undefined ? [] : [say.cards.askedForBy(`<@${request.requested_by}>`)]),
  ].join(" · ");
}

/** Of a question its own text and the answers it offers, in which what is to be decided is not said again. */
function decisionBlocks({ request, ruling }: Escalation, room: Room): KnownBlock[] {
  const decide = foreign(request.brief.decision_required, room.isInFull ? 300 : 170);
  if (request.kind !== "question") return [richText(line(bold(`${say.cards.decide}  `), words(decide)))];
  const { question } = request;
  const offered = optionsOf(question);
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
function whyItAsks({ ruling }: Escalation, room: Room): string {
  const loudest = ruling.reasons.filter((reason) => reason.tier === ruling.tier);
  // Several rules about an amount that is missing say the same.
  const strictest = [...new Set(loudest.map((reason) => clip(reason.detail, 150)))];
  const said = strictest
    .slice(0, room.reasons)
    .filter((one, i) => i === 0 || strictest.slice(0, i).join(" · ").length + one.length <= 170);
  const more = strictest.length - said.length;
  return [...said.map((one) => literal(one)), ...(more > 0 ? [say.cards.more(more)] : [])].join(" · ");
}

/** The last exchange with the agent; all of it is in the full brief. */
function lastMessages({ messages, agentName }: Escalation, room: Room): KnownBlock[] {
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

/** Of a single seat; more than one stand above the buttons. */
function whoIsNeeded({ escalation }: CardView): KnownBlock[] {
  const { seats } = escalation.ruling.requirement;
  if (escalation.takenOverBy !== null || seats.reduce((sum, seat) => sum + seat.count, 0) !== 1) return [];
  const people = escapeMrkdwn(seatWords(seats));
  if (escalation.kind === "question") return [context(say.cards.oneAnswerNeeded(people))];
  const { tier } = escalation.ruling;
  return [context(tier === "hard_stop" ? say.cards.onePersonNeeded(people) : say.cards.oneNeeded(people))];
}
