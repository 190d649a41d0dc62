import type { Button, KnownBlock } from "@slack/types";
import { hasAnswered } from "../../domain/people/authority.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { pagesOfRound } from "../../domain/shapes/paging.ts";
import { say } from "../../words/en.ts";
import { context, escapeMrkdwn, header, plain, section } from "../text.ts";
import { listActions } from "./buttons.ts";
import { headline } from "./ended.ts";
import { byWhen, decisionInList } from "./in-list.ts";
import { openLiteral } from "./notification.ts";
import { buttonValue, type Rendered, rendered } from "./view.ts";
import { linkedTitle } from "./where.ts";

/**
 * One message for everything that could wait until now: three lines each, answered one by one or several in one form. Nothing is
 * approved at one click from here.
 */
const words = say.cards.batch;
const ITEMS_MAX = 14;
/** A message whose blocks are larger than about 13,000 characters is refused as a whole; room for the rest is kept. */
const ITEM_CHARS_MAX = 9000;

export function batchCard(items: readonly Escalation[], userId: string): Rendered {
  const open = items.filter((one) => isOpen(one, userId));
  const title = open.length === 0 ? words.nothingOpen(countsOf(items)) : words.canWait(open.length);
  const [first] = open;
  // What still waits comes first; what is over gives way when there is no room.
  const drawn = drawItems([...open, ...items.filter((one) => !open.includes(one))], userId);
  const blocks: KnownBlock[] = [
    header(title),
    ...(open.length === 0 ? [] : [context(open.length === 1 ? words.oneWaits : words.severalWait)]),
    ...drawn.blocks,
    ...(drawn.left > 0 ? [context(words.more(drawn.left))] : []),
    ...(first !== undefined && open.length > 1 ? [severalButton(first)] : []),
  ];
  const names = open.slice(0, 3).map((one) => openLiteral(one, 60));
  return rendered(blocks, `${title}${names.length === 0 ? "" : `: ${names.join(" · ")}`}`, false);
}

/** Silence is no answer. */
function countsOf(items: readonly Escalation[]): string {
  const silent = items.filter((one) => one.decision?.source === "timeout" || one.endedReason === "timed_out").length;
  const answered = items.filter((one) => one.decision?.source === "human" || one.state === "paused_pending_human").length;
  const others = items.length - silent - answered;
  return [
    ...(answered > 0 ? [words.answered(answered)] : []),
    ...(silent > 0 ? [words.timedOut(silent)] : []),
    ...(others > 0 ? [words.otherwise(others)] : []),
  ].join(", ");
}

function drawItems(items: readonly Escalation[], userId: string): { blocks: KnownBlock[]; left: number } {
  const blocks: KnownBlock[] = [];
  let chars = 0;
  for (const [i, one] of items.slice(0, ITEMS_MAX).entries()) {
    const item = isOpen(one, userId) ? openItem(one) : [closedItem(one, userId)];
    chars += JSON.stringify(item).length;
    if (chars > ITEM_CHARS_MAX) return { blocks, left: items.length - i };
    blocks.push(...item);
  }
  return { blocks, left: Math.max(0, items.length - ITEMS_MAX) };
}

const isOpen = (escalation: Escalation, userId: string): boolean =>
  escalation.state === "paused_pending_human" && pagesOfRound(escalation).length === 0 && !hasAnswered(escalation, userId);

function openItem(escalation: Escalation): KnownBlock[] {
  const { presentation } = escalation.ruling;
  const facts = [...byWhen(escalation), escapeMrkdwn(escalation.agentName), presentation.stakes];
  return [
    section(`*${linkedTitle(escalation)}*\n◷ ${facts.join(" · ")}`),
    decisionInList(escalation),
    listActions(escalation, "batch"),
  ];
}

function closedItem(escalation: Escalation, userId: string): KnownBlock {
  const waiting = escalation.state === "paused_pending_human";
  const voted = hasAnswered(escalation, userId);
  const became = waiting ? (voted ? `◐ ${words.youAnswered}` : `☎ ${words.becameUrgent}`) : headline(escalation);
  return context(`${linkedTitle(escalation)} – ${became}`);
}

/** Opens one form for all that stands in this person's batches; the first of them says which queue it is about. */
export function severalButton(first: Escalation): KnownBlock {
  const several: Button = {
    type: "button",
    action_id: "batch",
    text: plain(words.several, 30),
    value: buttonValue(first),
    accessibility_label: words.severalLabel,
  };
  return { type: "actions", block_id: "batch", elements: [several] };
}
