import type { HomeView, KnownBlock } from "@slack/types";
import { kindOf } from "../../domain/kinds/all.ts";
import { hasAnswered } from "../../domain/people/authority.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { pagesOfRound } from "../../domain/shapes/paging.ts";
import { say } from "../../words/en.ts";
import { severalButton } from "../cards/batch.ts";
import { listActions } from "../cards/buttons.ts";
import { headline, whatBecameOfIt, whyDecided } from "../cards/ended.ts";
import { byWhen, decisionInList } from "../cards/in-list.ts";
import { linkedTitle } from "../cards/where.ts";
import { context, escapeMrkdwn, header, section, when } from "../text.ts";

const words = say.home;

/** The App Home: what waits for me (nearest deadline first), what my queues hold, what I decided lately and what became of it. */
export type HomeFacts = {
  userId: string;
  reviewer: boolean;
  waiting: readonly Escalation[];
  /** Not everything that waits in these queues was looked at. */
  mayBeMore: boolean;
  queues: readonly { queue: string; open: number; oldestDeadline: Date | null }[];
  recent: readonly Escalation[];
};

/** Give one more, and it is told that there are more. */
export const WAITING_SHOWN = 15;
const RECENT_SHOWN = 8;

const HOME_BLOCKS_MAX = 100;

export function renderHome(facts: HomeFacts): HomeView {
  if (!facts.reviewer) return { type: "home", blocks: [header(words.title), section(words.notReviewer)] };
  const shown = facts.waiting.slice(0, WAITING_SHOWN);
  const paged = shown.filter((one) => pagesOfRound(one).some((page) => page.userIds.includes(facts.userId)));
  const others = shown.filter((one) => !paged.includes(one));
  const blocks: KnownBlock[] = [
    header(words.waiting),
    ...(facts.mayBeMore ? [context(words.mayBeMore)] : []),
    ...(facts.waiting.length === 0 && !facts.mayBeMore ? [section(words.nothingWaits)] : []),
    ...(paged.length > 0 ? [context(`☎ *${words.paged}*`), ...paged.flatMap(waitingBlocks)] : []),
    ...(paged.length > 0 && others.length > 0 ? [context(`*${words.canAlsoAnswer}*`)] : []),
    ...others.flatMap(waitingBlocks),
    ...(facts.waiting.length > WAITING_SHOWN ? [context(words.more)] : []),
    ...severalAtOnce(facts),
    header(words.queues),
    ...(facts.queues.length === 0 ? [context(words.allEmpty)] : facts.queues.map(queueBlock)),
    { type: "divider" },
    header(words.recent),
    ...(facts.recent.length === 0
      ? [context(words.noDecisions)]
      : facts.recent.slice(0, RECENT_SHOWN).map((one) => recentBlock(one, facts))),
  ];
  return { type: "home", blocks: blocks.slice(0, HOME_BLOCKS_MAX) };
}

/** What could wait and stands in batches of theirs is answered in one form from here as well. */
function severalAtOnce({ waiting, userId }: HomeFacts): KnownBlock[] {
  const batched = waiting.filter(({ paging }) => paging.batches.some(({ userIds }) => userIds.includes(userId)));
  const [first] = batched;
  return first !== undefined && batched.length > 1 ? [severalButton(first)] : [];
}

/** All that a decision needs, in a few lines, and buttons; nothing is approved at one click, because not everything is shown. */
function waitingBlocks(escalation: Escalation): KnownBlock[] {
  const { presentation } = escalation.ruling;
  const facts = [
    ...byWhen(escalation),
    escapeMrkdwn(escalation.agentName),
    ...(escalation.ruling.impact === null ? [] : [say.cards.impact(escalation.ruling.impact)]),
    ...(kindOf(escalation).hasStakes ? [presentation.stakes] : []),
    words.queueOf(escapeMrkdwn(escalation.ruling.queue)),
  ];
  return [
    section(`*${linkedTitle(escalation)}*\n◷ ${facts.join(" · ")}`),
    decisionInList(escalation),
    listActions(escalation, "home"),
    { type: "divider" },
  ];
}

function queueBlock({ queue, open, oldestDeadline }: HomeFacts["queues"][number]): KnownBlock {
  const next = oldestDeadline === null ? "" : ` · ${words.nextDeadline(when(oldestDeadline))}`;
  return context(`*${escapeMrkdwn(queue)}*  ${words.queue(open)}${next}`);
}

/** As its card has it: the vote of the reader need not be what was decided, and a new round asks everybody again. */
function recentBlock(escalation: Escalation, { userId, waiting }: HomeFacts): KnownBlock {
  const waits = escalation.state === "paused_pending_human";
  const became = waits ? null : whatBecameOfIt(escalation);
  const isVoter = hasAnswered(escalation, userId);
  const isMine = waiting.some((one) => one.id === escalation.id);
  const state = isVoter ? `◐ ${words.waitsForOthers}` : `↻ ${isMine ? words.needsYouAgain : words.openAgain}`;
  const why = waits ? null : whyDecided(escalation);
  return context(
    [
      `*${linkedTitle(escalation)}* – ${waits ? state : headline(escalation)}`,
      ...(why === null ? [] : [why]),
      ...(became === null ? [] : [became]),
    ].join(" · "),
  );
}
