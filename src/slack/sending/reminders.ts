import type { Button, KnownBlock } from "@slack/types";
import { reminderPlaces } from "../../domain/consequences/effects.ts";
import { wantedOf } from "../../domain/kinds/all.ts";
import { pagedNext } from "../../domain/paging/step.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import type { Sending, SendResult } from "../../engine/delivery/deliver.ts";
import { called } from "../../engine/delivery/still-wanted.ts";
import { say } from "../../words/en.ts";
import { buttonValue } from "../cards/view.ts";
import type { SenderParts } from "../parts.ts";
import { reminderEndWords, reminderWords } from "../telling/paging.ts";
import { plain, section } from "../text.ts";
import { postOnce, redrawAt } from "./post.ts";

/** Reminders: the message that a telephone shows, so they can be acted on, and they come to the same end as the cards. */
const NOT_NEEDED: SendResult = { result: "sent", receipt: null };

export async function sendReminder(parts: SenderParts, delivery: Sending<"reminder">): Promise<SendResult> {
  const { userId } = delivery.payload;
  const escalation = await parts.engine.stillWanted(called(delivery));
  const at = escalation === null ? null : await parts.places.find(escalation.id, userId);
  // Somebody is on it, or the page itself never arrived: then there is nothing to remind of.
  if (escalation === null || at === null || escalation.paging.claim !== null) return NOT_NEEDED;
  const next = pagedNext(escalation, parts.directory(), parts.engine.roster());
  const words = reminderWords(escalation, next);
  const blocks: KnownBlock[] = [section(words), reminderActions(escalation)];
  // A reply that is seen in the conversation as well.
  const post = { channel: at.channel, thread_ts: at.ts, reply_broadcast: true, text: words, blocks };
  const place = `${reminderPlaces(userId)}${delivery.deliveryId}`;
  return postOnce(parts, delivery, post, (where) => ({
    place,
    ...where,
    revision: escalation.revision,
    permalink: null,
  }));
}

/** What its reader can do right there; what needs a look opens the form that shows everything. */
function reminderActions(escalation: Escalation): KnownBlock {
  const { title } = escalation.ruling.presentation;
  const button = (actionId: string, label: string): Button => ({
    type: "button",
    action_id: actionId,
    text: plain(label, 30),
    value: buttonValue(escalation),
    accessibility_label: `${label.replace(/…$/, "")}: ${title}`.slice(0, 75),
  });
  const claim = button("claim", say.paging.claim);
  const elements = {
    answer: [button("answer", say.paging.answer), claim],
    // Whoever takes it over is on it.
    person: [button("take_over", say.paging.takeOver)],
    approval: [button("approve", say.paging.review), claim],
    confirmation: [button("confirm", say.paging.review), claim],
  }[wantedOf(escalation)];
  return { type: "actions", block_id: `reminder:${escalation.id}`, elements };
}

/** Each reminder of this person becomes one line, unless they are still waited for. */
export async function endReminders(
  parts: SenderParts,
  delivery: Sending<"card_update">,
  escalation: Escalation,
): Promise<SendResult> {
  const { channel: place } = delivery.payload;
  const [, userId = ""] = place.split(":");
  const round = delivery.payload.round ?? escalation.round;
  const wanted = await parts.engine.stillWanted({ escalationId: escalation.id, userId, round });
  if (wanted !== null) return NOT_NEEDED;
  const words = reminderEndWords(escalation, userId, round);
  for (const { channel, ts } of await parts.places.findAll(escalation.id, place)) {
    const redrawn = await redrawAt(parts, delivery, { channel, ts }, { text: words, blocks: [section(words)] });
    if (typeof redrawn !== "string") return redrawn;
  }
  return NOT_NEEDED;
}
