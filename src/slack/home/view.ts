import type { HomeView, KnownBlock } from "@slack/types";
import { clip } from "../../domain/base/inert.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { say } from "../../words/en.ts";
import { headline, whatBecameOfIt } from "../cards/ended.ts";
import { buttonValue } from "../cards/view.ts";
import { context, escapeMrkdwn, foreign, header, line, literal, plain, richText, section, when, words } from "../text.ts";

/** The App Home: what waits for me (nearest deadline first), what my queues hold, what I decided lately and what became of it. */
export type HomeFacts = {
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

const MAY_BE_MORE =
  "Your queues are long: only their next few thousand deadlines were looked through for you, and more may wait behind them. See /countersign queue";

export function renderHome(facts: HomeFacts): HomeView {
  if (!facts.reviewer) {
    return { type: "home", blocks: [header("Countersign"), section(say.home.notReviewer)] };
  }
  const blocks: KnownBlock[] = [
    header("Waiting for you"),
    ...(facts.mayBeMore ? [context(MAY_BE_MORE)] : []),
    ...(facts.waiting.length === 0 && !facts.mayBeMore ? [section(say.home.nothingWaits)] : []),
    ...facts.waiting.slice(0, WAITING_SHOWN).flatMap(waitingBlocks),
    ...(facts.waiting.length > WAITING_SHOWN ? [context("More are waiting: /countersign mine lists them.")] : []),
    { type: "divider" },
    header("Your queues"),
    ...(facts.queues.length === 0 ? [context("All empty.")] : facts.queues.map(queueBlock)),
    { type: "divider" },
    header("What you decided lately"),
    ...(facts.recent.length === 0 ? [context(say.home.noDecisions)] : facts.recent.slice(0, RECENT_SHOWN).map(recentBlock)),
  ];
  return { type: "home", blocks: blocks.slice(0, 100) };
}

/** Three lines and buttons; nothing is approved at one click from here, because not everything is shown. */
function waitingBlocks(escalation: Escalation): KnownBlock[] {
  const { presentation } = escalation.ruling;
  const by = escalation.deadline === null ? "" : `by ${when(escalation.deadline, "{date_short_pretty} {time}")}`;
  const button = (actionId: string, text: string) => ({
    type: "button" as const,
    action_id: actionId,
    text: plain(text, 30),
    value: buttonValue(escalation),
    accessibility_label: clip(`${text} ${presentation.title}`, 75),
  });
  return [
    section(`*${literal(presentation.title)}*\n◷ ${by} · ${escapeMrkdwn(escalation.agentName)} · ${presentation.stakes}`),
    richText(line(words(foreign(escalation.request.brief.decision_required, 200)))),
    {
      type: "actions",
      block_id: `home:${escalation.id}`,
      elements: [...actsFor(escalation).map(([actionId, text]) => button(actionId, text)), button("details", "Full brief")],
    },
  ];
}

/** What its reader can do about it; each opens a form, except taking it over and giving it back. */
function actsFor({ kind, ruling, takenOverBy }: Escalation): [string, string][] {
  if (kind === "question")
    return [
      ["answer", "Answer…"],
      ["reject", "Decline to answer…"],
    ];
  if (takenOverBy !== null)
    return [
      ["finish", "Done: report the result…"],
      ["hand_back", "Hand it back"],
    ];
  return [ruling.tier === "hard_stop" ? ["take_over", "I'll do it myself"] : ["approve", "Review…"], ["reject", "Reject…"]];
}

function queueBlock({ queue, open, oldestDeadline }: HomeFacts["queues"][number]): KnownBlock {
  return context(
    `*${escapeMrkdwn(queue)}*  ${open} waiting${oldestDeadline === null ? "" : ` · next deadline ${when(oldestDeadline)}`}`,
  );
}

/** As its card has it: the vote of the reader need not be what was decided. */
function recentBlock(escalation: Escalation): KnownBlock {
  const waits = escalation.state === "paused_pending_human";
  const became = waits ? null : whatBecameOfIt(escalation);
  return context(
    [
      `*${literal(escalation.ruling.presentation.title)}* – ${waits ? "◐ waits for others" : headline(escalation)}`,
      ...(became === null ? [] : [became]),
    ].join(" · "),
  );
}
