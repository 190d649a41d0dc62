import type { KnownBlock } from "@slack/types";
import { isSoftReview } from "../../domain/kinds/all.ts";
import { isChanged } from "../../domain/life/change.ts";
import { refuseUnknownRequester } from "../../domain/people/requester.ts";
import { artifactOf } from "../../domain/shapes/canonical.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { seatWords } from "../../domain/shapes/refusal.ts";
import { say } from "../../words/en.ts";
import { context, escapeMrkdwn, hiddenIn, joinAnd, literal, mentions, section, when } from "../text.ts";
import { changeLines } from "./change.ts";
import type { Room } from "./room.ts";
import type { CardView } from "./view.ts";

const words = say.cards;
const day = (at: Date): string => when(at, "{time} {date_short_pretty}");

/** How many have to agree and how far that is: above the decision, because it says what one person's click means. */
export function quorum({ escalation, resolution, needed }: CardView): KnownBlock[] {
  const { seats } = escalation.ruling.requirement;
  const places = seats.reduce((sum, seat) => sum + seat.count, 0);
  if (escalation.takenOverBy !== null || resolution.resolved !== "open" || places < 2) return [];
  const isSoft = isSoftReview(escalation);
  const given = isSoft ? words.confirmedBy : words.approvedBy;
  const missing = resolution.missing.reduce((sum, seat) => sum + seat.count, 0);
  if (escalation.votes.length === 0)
    return [
      section(
        `*${words.severalNeeded(places - missing, places, escapeMrkdwn(seatWords(seats)), isSoft ? "confirm" : "approve")}*`,
      ),
    ];
  const done = resolution.filled.flatMap(({ seat, by }) => by.map((userId) => `<@${userId}> (${escapeMrkdwn(seat.label)})`));
  const open = needed.map((one) => one.userId);
  const still = words.stillNeeded(escapeMrkdwn(seatWords(resolution.missing)), mentions(open));
  return [section(`◐ *${words.partlyApproved(places - missing, places)}* ${given(joinAnd(done))} · ${still}`)];
}

/** What happened to this round so far, most important first; each as long as there is room. */
export function notices(escalation: Escalation, room: Room): KnownBlock[] {
  const lines: string[] = [];
  const unknown = refuseUnknownRequester(escalation);
  if (unknown !== null) lines.push(`⚠ ${unknown.detail}`);
  const ofPlan = "plan_step" in escalation.request ? escalation.request.plan_step : undefined;
  if (ofPlan !== undefined) lines.push(`↳ ${words.stepOfPlan(literal(ofPlan.id, 40), ofPlan.escalation_id)}`);
  const hidden = hiddenIn(artifactOf(escalation)?.content ?? "");
  if (hidden > 0) lines.push(`⚠ *${words.hiddenCharacters}* ${words.hiddenCharactersWhy(hidden)}`);
  if (escalation.restored !== null) lines.push(`⚠ *${words.restored}* ${words.restoredWhy(day(escalation.restored.to))}`);
  if (escalation.changedPreconditions.length > 0) {
    const changed = escalation.changedPreconditions.map((p) => `${p.name} changed (${p.was} → ${p.is})`).join(", ");
    lines.push(`↻ *${words.reopened}* ${words.reopenedWhy(literal(changed, room.chars))}`);
  }
  if (isChanged(escalation) && escalation.modifiedBy !== null)
    lines.push(`✎ *${words.changedBy(`<@${escalation.modifiedBy}>`)}* ${changeLines(escalation, room.chars).join(" · ")}`);
  if (escalation.raisedBy !== null)
    lines.push(
      [
        `↑ *${words.escalatedBy(`<@${escalation.raisedBy.userId}>`)}*`,
        `${literal(escalation.raisedBy.reason, Math.min(200, room.chars))}`,
      ].join(" "),
    );
  if (escalation.transferredFrom !== null)
    lines.push(`↻ *${words.handedOver}* ${words.handedOverWhy(`<#${escalation.transferredFrom}>`)}`);
  const left = lines.length - room.notices;
  return [...lines.slice(0, room.notices).map(section), ...(left > 0 && room.notices > 1 ? [context(words.inBrief(left))] : [])];
}
