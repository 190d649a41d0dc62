import type { KnownBlock } from "@slack/types";
import { clip } from "../../domain/base/inert.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { seatWords } from "../../domain/shapes/refusal.ts";
import { optionsOf } from "../../domain/shapes/request.ts";
import {
  bold,
  context,
  escapeMrkdwn,
  foreign,
  header,
  joinAnd,
  line,
  literal,
  mentions,
  richText,
  section,
  when,
  words,
} from "../text.ts";
import { agentSays } from "./agent-says.ts";
import { cardActions } from "./buttons.ts";
import { changeLines } from "./change.ts";
import { consequences } from "./consequences.ts";
import { waitingText } from "./notification.ts";
import { pagingNotices } from "./paging.ts";
import { apart, fitsCard, parameterBlocks, parameterLines } from "./parameters.ts";
import { type CardView, type Rendered, rendered } from "./view.ts";

/**
 * A card that waits for somebody: what, by when, why you, what exactly, what the agent says, what each button does. `reader`: the person whose DM it
 * stands in, null in a channel.
 */
export function pendingCard(view: CardView, reader: string | null): Rendered {
  const { escalation } = view;
  const { presentation } = escalation.ruling;
  const fields = apart(presentation.fields);
  const complete = fitsCard(fields);
  const paging = pagingNotices(escalation, reader);
  const decide = foreign(escalation.request.brief.decision_required, 300);
  const ours: KnownBlock[] = [
    header(presentation.title),
    context(stateLine(view)),
    ...paging.urgent,
    ...notices(view),
    richText(line(bold(escalation.kind === "question" ? "Question  " : "Decide  "), words(decide))),
    section(`*Why you*  ${whyYou(escalation)}`),
    ...questionBlocks(escalation),
  ];
  const last = lastMessages(escalation);
  const used = linesOf([...ours, ...last]) + parameterLines(fields);
  const says = agentSays(escalation, LINES_MAX - used);
  const blocks: KnownBlock[] = [
    ...ours,
    ...parameterBlocks(fields),
    ...says,
    ...last,
    cardActions(escalation, complete),
    context(consequences(escalation)),
    ...paging.quiet,
    context(quietLine(view, says.length === 0)),
  ];
  return rendered(blocks, waitingText(escalation, needed(escalation)), complete);
}

/** Above the buttons; what the agent says gives way first. */
const LINES_MAX = 12;
const LINE_CHARS = 90;

/** About how many lines these blocks take in a conversation, markup counted as if it were seen. */
function linesOf(blocks: readonly KnownBlock[]): number {
  const ofText = (text: string) =>
    text.split("\n").reduce((sum, one) => sum + Math.max(1, Math.ceil(one.length / LINE_CHARS)), 0);
  return blocks.reduce((sum, block) => {
    if (block.type === "section") return sum + ofText((block.text?.text ?? "").replaceAll(/<!date[^|]*\||<@[^>]*>|[*_]/g, ""));
    if (block.type !== "rich_text") return sum + 1;
    const texts = block.elements.map((part) =>
      part.elements.map((one) => ("text" in one && typeof one.text === "string" ? one.text : "")).join(""),
    );
    return sum + texts.reduce((lines, text) => lines + ofText(text), 0);
  }, 0);
}

const needed = (escalation: Escalation): string => {
  if (escalation.kind === "question") return "answer needed";
  return escalation.ruling.tier === "hard_stop" ? "a person has to do this" : "approval needed";
};

function stateLine({ escalation, resolution }: CardView): string {
  const { presentation, environment, tier } = escalation.ruling;
  const by = escalation.deadline === null ? "" : ` by ${when(escalation.deadline, "{date_short_pretty} {time}")}`;
  const who = escapeMrkdwn(escalation.agentName);
  const partly = resolution.resolved === "open" && escalation.votes.length > 0;
  const state =
    escalation.takenOverBy !== null
      ? `◉ *Taken over by <@${escalation.takenOverBy}>*`
      : tier === "hard_stop"
        ? `■ *Stopped: a person has to do this*${by}`
        : `${partly ? "◐" : "◷"} *${needed(escalation).replace(/^./, (c) => c.toUpperCase())}*${by}`;
  return `${state} · ${who} · ${escapeMrkdwn(environment)} · ${presentation.stakes}`;
}

/** What happened to this asking so far, most important first. */
function notices(view: CardView): KnownBlock[] {
  const { escalation, resolution } = view;
  const lines: string[] = [];
  if (escalation.transfers > 0) lines.push(`↻ *Handed over:* nobody in the queue before answered in time.`);
  if (escalation.changedPreconditions.length > 0) {
    const changed = escalation.changedPreconditions.map((p) => `${p.name} ${p.was} → ${p.is}`).join(", ");
    lines.push(
      `↻ *Reopened:* the world changed while this was decided (${literal(changed, 300)}). Nothing was executed. Look again.`,
    );
  }
  if (escalation.modification.length > 0 && escalation.modifiedBy !== null) {
    lines.push(`✎ *Changed by <@${escalation.modifiedBy}>:* ${changeLines(escalation).join(" · ")}`);
  }
  if (escalation.raisedBy !== null)
    lines.push(`↑ *Escalated by <@${escalation.raisedBy.userId}>:* ${literal(escalation.raisedBy.reason, 200)}`);
  if (escalation.votes.length > 0 && resolution.resolved === "open") {
    const done = resolution.filled.flatMap(({ seat, by }) => by.map((userId) => `<@${userId}> (${escapeMrkdwn(seat.label)})`));
    const open = view.needed.map((one) => one.userId);
    lines.push(
      `◐ *Approved so far:* ${joinAnd(done)} · still needed: ${escapeMrkdwn(seatWords(resolution.missing))} (${mentions(open)})`,
    );
  }
  return lines.map(section);
}

/** The strictest reasons, as many as two lines hold; all of them are in the full brief. */
function whyYou(escalation: Escalation): string {
  const loudest = escalation.ruling.reasons.filter((reason) => reason.tier === escalation.ruling.tier);
  const said = loudest.filter((_one, i) => {
    const length = loudest.slice(0, i + 1).reduce((sum, one) => sum + one.detail.length + one.rule.length + 6, 0);
    return i === 0 || (i < 3 && length <= 180);
  });
  const more = loudest.length - said.length;
  const words = said.map((reason) => `${escapeMrkdwn(clip(reason.detail, 150))} _(${escapeMrkdwn(reason.rule)})_`);
  return [...words, ...(more > 0 ? [`${more} more`] : [])].join(" · ");
}

function questionBlocks(escalation: Escalation): KnownBlock[] {
  if (escalation.request.kind !== "question") return [];
  const { question } = escalation.request;
  const offered = optionsOf(question);
  const options = offered.slice(0, 8).map((option) => foreign(option.label, 75));
  const more = offered.length > 8 ? ` · ${offered.length - 8} more` : "";
  const asked = line(words(foreign(question.text, 400, true)));
  return [richText(asked, ...(options.length === 0 ? [] : [line(bold("Answers offered: "), words(options.join(" · ") + more))]))];
}

/** The question loop: the last exchange is on the card, all of it in the full brief. */
function lastMessages(escalation: Escalation): KnownBlock[] {
  const last = escalation.messages.slice(-2);
  if (last.length === 0) return [];
  return [
    richText(
      ...last.map((message) => {
        const who =
          message.from === "agent"
            ? [bold(`${escalation.agentName} answers  `)]
            : [...(message.userId === null ? [] : [{ type: "user" as const, user_id: message.userId }]), bold(" asks  ")];
        return line(...who, words(foreign(message.text, 170)));
      }),
    ),
  ];
}

function quietLine({ escalation, resolution }: CardView, briefLeftOut: boolean): string {
  const places = escalation.ruling.requirement.seats.reduce((sum, seat) => sum + seat.count, 0);
  const missing = resolution.resolved === "open" ? resolution.missing.reduce((sum, seat) => sum + seat.count, 0) : 0;
  const seats = escapeMrkdwn(seatWords(escalation.ruling.requirement.seats));
  const short = `esc_…${escalation.id.slice(-4)}`;
  const round = escalation.round > 1 ? ` · round ${escalation.round}` : "";
  const answers = escalation.takenOverBy === null ? `${places - missing} of ${places} answers · needs ${seats}` : "taken over";
  const brief = briefLeftOut ? ` · what ${escapeMrkdwn(escalation.agentName)} says: ⋯ Full brief` : "";
  return `${answers}${round}${brief} · ${short} · policy ${escalation.ruling.policyVersion.slice(7, 11)}`;
}
