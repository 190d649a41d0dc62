import type { KnownBlock } from "@slack/types";
import type { Escalation } from "../../domain/escalation.ts";
import { seatWords } from "../../domain/refusal.ts";
import {
  bold,
  context,
  escapeMrkdwn,
  foreign,
  header,
  joinAnd,
  line,
  mentions,
  richText,
  section,
  utc,
  when,
  words,
} from "../text.ts";
import { type CardView, type Rendered, rendered } from "../view.ts";
import { agentSays } from "./agent-says.ts";
import { cardActions } from "./buttons.ts";
import { changeLines } from "./change.ts";
import { pagingNotices } from "./paging.ts";
import { fitsCard, parameterBlocks } from "./parameters.ts";

/**
 * A card that waits for somebody: what, by when, why you, what exactly, what the agent says, what each button does. `reader`: the person whose DM it
 * stands in, null in a channel.
 */
export function pendingCard(view: CardView, reader: string | null): Rendered {
  const { escalation } = view;
  const { presentation } = escalation.ruling;
  const complete = fitsCard(presentation.fields);
  const blocks: KnownBlock[] = [
    header(presentation.title),
    context(stateLine(view)),
    ...pagingNotices(escalation, reader),
    ...notices(view),
    richText(
      line(
        bold(escalation.kind === "question" ? "Question  " : "Decide  "),
        words(foreign(escalation.request.brief.decision_required, 300)),
      ),
    ),
    section(`*Why you*  ${whyYou(escalation)}`),
    ...questionBlocks(escalation),
    ...parameterBlocks(presentation.fields),
    ...agentSays(escalation),
    ...lastMessages(escalation),
    cardActions(escalation, complete),
    context(consequences(escalation)),
    context(quietLine(view)),
  ];
  const by = escalation.deadline === null ? "" : ` by ${utc(escalation.deadline)}`;
  const text = `${escapeMrkdwn(presentation.title)} – ${needed(escalation)}${by}. ${escapeMrkdwn(foreign(escalation.request.brief.decision_required, 300))}`;
  return rendered(blocks, text, complete);
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
  if (escalation.changedPreconditions.length > 0) {
    const changed = escalation.changedPreconditions.map((p) => `${p.name} ${p.was} → ${p.is}`).join(", ");
    lines.push(
      `↻ *Reopened:* the world changed while this was decided (${escapeMrkdwn(foreign(changed, 300))}). Nothing was executed. Look again.`,
    );
  } else if (escalation.transfers > 0) {
    lines.push(`↻ *Handed over:* nobody in the queue before answered in time.`);
  }
  if (escalation.modification.length > 0 && escalation.modifiedBy !== null) {
    lines.push(`✎ *Changed by <@${escalation.modifiedBy}>:* ${changeLines(escalation).join(" · ")}`);
  }
  if (escalation.raisedBy !== null)
    lines.push(
      `↑ *Escalated by <@${escalation.raisedBy.userId}>:* ${escapeMrkdwn(foreign(escalation.raisedBy.reason, 200)).replaceAll(/[*_~`]/g, " ")}`,
    );
  if (escalation.votes.length > 0 && resolution.resolved === "open") {
    const done = resolution.filled.flatMap(({ seat, by }) => by.map((userId) => `<@${userId}> (${escapeMrkdwn(seat.label)})`));
    const open = view.deciders.filter((r) => !escalation.votes.some((v) => v.userId === r.userId)).map((r) => r.userId);
    lines.push(
      `◐ *Approved so far:* ${joinAnd(done)} · still needed: ${escapeMrkdwn(seatWords(resolution.missing))} (${mentions(open)})`,
    );
  }
  return lines.map(section);
}

const whyYou = (escalation: Escalation): string =>
  escalation.ruling.reasons
    .filter((reason, i) => i < 3 && reason.tier === escalation.ruling.tier)
    .map((reason) => `${escapeMrkdwn(reason.detail)} _(${escapeMrkdwn(reason.rule)})_`)
    .join(" · ");

function questionBlocks(escalation: Escalation): KnownBlock[] {
  if (escalation.request.kind !== "question") return [];
  const { question } = escalation.request;
  const options = question.options.slice(0, 8).map((option) => foreign(option.label, 75));
  const more = question.options.length > 8 ? ` · ${question.options.length - 8} more` : "";
  const asked = line(words(foreign(question.text, 600, true)));
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
            : [
                bold("Asked  "),
                ...(message.userId === null ? [] : [{ type: "user" as const, user_id: message.userId }, words("  ")]),
              ];
        return line(...who, words(foreign(message.text, 300)));
      }),
    ),
  ];
}

function consequences(escalation: Escalation): string {
  const { effects, buttons } = escalation.ruling.presentation;
  const by = escalation.deadline === null ? "" : ` by ${when(escalation.deadline)}`;
  const silence = `*No answer${by}:* ${effects.silence}`;
  if (escalation.kind === "question") return `*Answer:* ${effects.approve} · *Decline:* ${effects.reject} · ${silence}`;
  if (escalation.ruling.tier === "hard_stop")
    return `*I'll do it myself:* the agent waits for your result · *Reject:* ${effects.reject} · ${silence}`;
  return [`*${escapeMrkdwn(buttons.approve)}:* ${effects.approve}`, `*Reject:* ${effects.reject}`, silence]
    .map((part) => part)
    .join(" · ");
}

function quietLine({ escalation, resolution }: CardView): string {
  const places = escalation.ruling.requirement.seats.reduce((sum, seat) => sum + seat.count, 0);
  const missing = resolution.resolved === "open" ? resolution.missing.reduce((sum, seat) => sum + seat.count, 0) : 0;
  const seats = escapeMrkdwn(seatWords(escalation.ruling.requirement.seats));
  const short = `esc_…${escalation.id.slice(-4)}`;
  const round = escalation.round > 1 ? ` · round ${escalation.round}` : "";
  return `${places - missing} of ${places} answers · needs ${seats}${round} · ${short} · policy ${escalation.ruling.policyVersion.slice(7, 11)}`;
}
