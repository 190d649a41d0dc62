import type { KnownBlock } from "@slack/types";
import { wantedOf } from "../../domain/kinds/all.ts";
import { artifactOf } from "../../domain/shapes/canonical.ts";
import { openTitle } from "../../domain/shapes/guarded.ts";
import { seatWords } from "../../domain/shapes/refusal.ts";
import { isGuarded } from "../../domain/shapes/request.ts";
import { say } from "../../words/en.ts";
import { optionButtons } from "../acts/answer.ts";
import { context, escapeMrkdwn, header, section } from "../text.ts";
import { agentSays } from "./agent-says.ts";
import { artifactBlocks, fitsText } from "./artifact.ts";
import { cardActions } from "./buttons.ts";
import { consequences } from "./consequences.ts";
import { decisionBlocks, lastMessages, needed, stateLine, whyItAsks } from "./decision.ts";
import { laterLines } from "./later.ts";
import { doneMeanwhile } from "./meanwhile.ts";
import { notices, quorum } from "./notices.ts";
import { waitingText } from "./notification.ts";
import { pagingNotices } from "./paging.ts";
import { fieldsOf, fitsCard, parameterBlocks } from "./parameters.ts";
import { fitsSteps, planBlocks } from "./plan.ts";
import { withinLines } from "./room.ts";
import { type CardView, type Rendered, rendered } from "./view.ts";
import { where } from "./where.ts";

/**
 * A card that waits for somebody: what, by when, how many have to agree, what to decide and why, what exactly, what the agent
 * says, what each button does. `reader`: the person whose DM it stands in, null in a channel.
 */
export function pendingCard(view: CardView, reader: string | null): Rendered {
  const { escalation } = view;
  if (reader === null && isGuarded(escalation.request)) return guardedCard(view);
  const { presentation } = escalation.ruling;
  const artifact = artifactOf(escalation);
  const fields = fieldsOf(escalation).filter(({ name }) => !name.startsWith("/steps/"));
  const paging = pagingNotices(view, reader);
  const { blocks: above, room } = withinLines((room) => [
    header(presentation.title),
    context([stateLine(escalation, view.directory), ...(reader === null ? [] : [where(escalation)])].join(" · ")),
    ...doneMeanwhile(escalation),
    ...quorum(view),
    ...paging.urgent,
    ...notices(escalation, room),
    ...laterLines(escalation),
    ...decisionBlocks(escalation, room, optionButtons(escalation).length > 0),
    whyItAsks(escalation, room),
    ...(artifact === null ? parameterBlocks(fields, room.isInFull) : artifactBlocks(escalation, room)),
    ...agentSays(escalation, room),
    ...lastMessages(escalation, room),
  ]);
  const complete = room.isInFull && (artifact === null ? fitsCard(fields) : fitsText(artifact)) && fitsSteps(escalation);
  const person = reader === null ? null : { userId: reader, directory: view.directory };
  const blocks: KnownBlock[] = [
    ...above,
    ...planBlocks(escalation),
    cardActions(escalation, complete, person),
    context(consequences(escalation, complete, person)),
    ...paging.quiet,
    ...whoIsNeeded(view),
  ];
  return rendered(blocks, waitingText(escalation, needed(escalation).toLowerCase()), complete);
}

/**
 * Where people listen who may not decide: what kind of thing waits and by when; all of it is in the form, which lets in who may
 * decide.
 */
function guardedCard(view: CardView): Rendered {
  const { escalation } = view;
  const paging = pagingNotices(view, null);
  const blocks: KnownBlock[] = [
    header(openTitle(escalation)),
    context(stateLine(escalation, view.directory)),
    ...doneMeanwhile(escalation),
    ...quorum(view),
    ...paging.urgent,
    section(`⚠ ${say.cards.guarded(escalation.request.classification ?? "")}`),
    cardActions(escalation, false, null),
    context(consequences(escalation, false)),
    ...paging.quiet,
    ...whoIsNeeded(view),
  ];
  return rendered(blocks, waitingText(escalation, needed(escalation).toLowerCase()), false);
}

/** Of a single seat; more than one stand above the buttons. */
function whoIsNeeded({ escalation }: CardView): KnownBlock[] {
  const { seats } = escalation.ruling.requirement;
  if (escalation.takenOverBy !== null || seats.reduce((sum, seat) => sum + seat.count, 0) !== 1) return [];
  const people = escapeMrkdwn(seatWords(seats));
  const { oneAnswerNeeded, onePersonNeeded, oneNeeded, oneConfirmationNeeded } = say.cards;
  const sentence = {
    answer: oneAnswerNeeded,
    person: onePersonNeeded,
    approval: oneNeeded,
    confirmation: oneConfirmationNeeded,
  }[wantedOf(escalation)];
  return [context(sentence(people))];
}
