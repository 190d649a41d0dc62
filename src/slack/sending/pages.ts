import { batchPlace } from "../../domain/consequences/effects.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import type { Drawing, SendersOf, Sending, SendResult, UnderWay } from "../../engine/delivery/deliver.ts";
import { called } from "../../engine/delivery/still-wanted.ts";
import { batchCard } from "../cards/batch.ts";
import { allOfBatch } from "../lists/batches.ts";
import { refuseReader } from "../lists/reader.ts";
import type { SenderParts } from "../parts.ts";
import { pageWords } from "../telling/paging.ts";
import { burstOf, sendInBurst, shownAs } from "./bursts.ts";
import { isPosting, notPostedYet } from "./not-posted-yet.ts";
import { postCard, postOnce, redrawAt } from "./post.ts";
import { sendReminder } from "./reminders.ts";

/**
 * Direct messages of the chain: the page with its card, reminders in its thread, batches. What is sent is what is true then:
 * nobody is paged for something that has been decided, that has moved on to another round, or that they may no longer decide.
 */
export function createPageSenders(parts: SenderParts): SendersOf<"page" | "reminder" | "batch"> {
  return {
    page: (delivery) => sendPage(parts, delivery),
    reminder: (delivery) => sendReminder(parts, delivery),
    batch: (delivery) => sendBatch(parts, delivery),
  };
}

const NOT_NEEDED: SendResult = { result: "sent", receipt: null };

/**
 * A page that nobody can answer is told where it is noticed. While Slack does not say who somebody is, the page goes out: it may
 * be the only one.
 */
async function mayNotRead(parts: SenderParts, userId: string): Promise<boolean> {
  const refusal = await refuseReader(parts, userId);
  if (refusal === null || refusal.refused === "identity_unknown") return false;
  await parts.engine.ringAlarm({ kind: "not_a_member", userId });
  return true;
}

/** One card for each person: whoever has it already is paged in its thread. */
async function sendPage(parts: SenderParts, delivery: Sending<"page">): Promise<SendResult> {
  const escalation = await parts.engine.stillWanted(called(delivery));
  const { userId } = delivery.payload;
  if (escalation === null || (await mayNotRead(parts, userId))) return NOT_NEEDED;
  const at = await parts.places.find(escalation.id, userId);
  if (at === null) {
    const burst = await burstOf(parts, delivery, escalation, userId);
    return burst === null ? postCard(parts, delivery, userId) : sendInBurst(parts, delivery, escalation, burst);
  }
  return callInThread(parts, delivery, at, pageWords(escalation, delivery.payload.label));
}

/** A reply that is seen in the conversation as well. */
function callInThread(
  parts: SenderParts,
  delivery: UnderWay,
  at: { channel: string; ts: string },
  words: string,
): Promise<SendResult> {
  return postOnce(parts, delivery, { channel: at.channel, thread_ts: at.ts, reply_broadcast: true, text: words }, () => null);
}

export type BatchOf = { place: string; userId: string; window: Date };

export function readBatchPlace(place: string): BatchOf | null {
  const [, userId, window] = /^batch:([UW][A-Z0-9]+):(.+)$/.exec(place) ?? [];
  return userId === undefined || window === undefined ? null : { place, userId, window: new Date(window) };
}

/** One message for a person and a window; what joins the window later is added to it. */
async function sendBatch(parts: SenderParts, delivery: Sending<"batch">): Promise<SendResult> {
  const { userId } = delivery.payload;
  if (await mayNotRead(parts, userId)) return NOT_NEEDED;
  const window = new Date(delivery.payload.window);
  const batch = { place: batchPlace(userId, window), userId, window };
  if ((await parts.places.findBatch(batch.place)) !== null) return updateBatch(parts, delivery, batch);
  const items = await allOfBatch(parts, userId, window);
  if (items.length === 0) return NOT_NEEDED;
  const { text, blocks, digest } = batchCard(items, userId);
  const { place } = batch;
  const receiptOf = (at: { channel: string; ts: string }) => ({ place, ...at, shown: items.map(shownAs) });
  return postOnce(parts, delivery, { channel: userId, text, blocks }, receiptOf, drawnIn(place, items, digest));
}

export async function updateBatch(parts: SenderParts, delivery: UnderWay, batch: BatchOf): Promise<SendResult> {
  const at = await parts.places.findBatch(batch.place);
  if (at === null && (await isPosting(parts, delivery, batch.place))) return notPostedYet(delivery);
  if (at === null) return NOT_NEEDED;
  const items = await allOfBatch(parts, batch.userId, batch.window);
  const card = batchCard(items, batch.userId);
  const drawn = drawnIn(batch.place, items, card.digest);
  const redrawn = await redrawAt(parts, delivery, at, { ...card, drawn });
  if (redrawn === "gone") return NOT_NEEDED;
  if (redrawn !== "drawn") return redrawn;
  return { result: "sent", receipt: { place: batch.place, channel: at.channel, ts: at.ts, shown: items.map(shownAs) } };
}

/** Three lines are not the whole: nothing is approved at one click from a batch. */
const drawnIn = (place: string, items: readonly Escalation[], digest: string): Drawing[] =>
  items.map(({ id, version }) => ({ escalationId: id, version, place, digest, complete: false }));
