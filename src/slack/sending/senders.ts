import { burstPlaces } from "../../domain/consequences/effects.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import type { SendersOf, Sending, SendResult, UnderWay } from "../../engine/delivery/deliver.ts";
import { say } from "../../words/en.ts";
import { faultOf, refusalCode } from "../api/client.ts";
import { publishHome } from "../home/publish.ts";
import type { SenderParts } from "../parts.ts";
import { updateBurst } from "./bursts.ts";
import { shareMedia } from "./media.ts";
import { sendMessage } from "./messages.ts";
import { isPosting, notPostedYet } from "./not-posted-yet.ts";
import { createPageSenders, readBatchPlace, updateBatch } from "./pages.ts";
import { afterFault, draw, postCard, postOnce, redrawAt } from "./post.ts";
import { endReminders } from "./reminders.ts";
import { lookUpRequester } from "./requester.ts";

/** What the outbox can owe Slack, and how each is sent. */
type Kind = "card_post" | "card_update" | "thread" | "message" | "page" | "reminder" | "batch" | "home" | "requester" | "media";

export function createSlackSenders(parts: SenderParts): SendersOf<Kind> {
  return {
    ...createPageSenders(parts),
    media: (delivery) => shareMedia(parts, delivery),
    requester: (delivery) => lookUpRequester(parts, delivery),
    home: (delivery) => drawHome(parts, delivery),
    card_post: (delivery) => postCard(parts, delivery, delivery.payload.channel),
    card_update: (delivery) => updateCard(parts, delivery),
    thread: (delivery) => postInThread(parts, delivery),
    message: (delivery) => sendMessage(parts, delivery),
  };
}

async function updateCard(parts: SenderParts, delivery: Sending<"card_update">): Promise<SendResult> {
  const { channel: place } = delivery.payload;
  const batch = readBatchPlace(place);
  if (batch !== null) return updateBatch(parts, delivery, batch);
  if (place.startsWith("burst:")) return updateBurst(parts, delivery, place);
  const { escalationId, revision } = delivery;
  const loaded = escalationId === null ? null : await parts.engine.loadSince(escalationId, revision, place);
  if (loaded === null) return { result: "failed", why: say.sending.unknownEscalation };
  const { escalation } = loaded;
  if (place.startsWith("reminder:")) return endReminders(parts, delivery, escalation);
  const { at } = delivery;
  // One whose post has not begun draws what is true then. One on its way may be having its receipt stored, with what was true
  // before this change: it is waited for.
  if (at === null && (await isPosting(parts, delivery, place))) return notPostedYet(delivery);
  if (at === null) return updateBurstsWith(parts, delivery, escalation, place);
  const redrawn = await redrawAt(parts, delivery, at, await draw(parts, escalation, place));
  // Somebody deleted the message: what still waits for people must stay visible.
  if (redrawn === "gone")
    return escalation.endedAt === null ? postCard(parts, delivery, place) : { result: "sent", receipt: null };
  if (redrawn !== "drawn") return redrawn;
  const { channel, ts } = at;
  const isOriginal = place === escalation.ruling.channel && escalation.permalink === null;
  const permalink = isOriginal ? await parts.api.permalink(channel, ts) : escalation.permalink;
  return { result: "sent", receipt: { place, channel, ts, revision: escalation.revision, permalink } };
}

/** Its page may stand in the message of a burst. */
async function updateBurstsWith(
  parts: SenderParts,
  delivery: UnderWay,
  escalation: Escalation,
  place: string,
): Promise<SendResult> {
  for (const burst of await parts.places.findAll(escalation.id, burstPlaces(place))) {
    const updated = await updateBurst(parts, delivery, burst.place);
    if (updated.result !== "sent") return updated;
  }
  return { result: "sent", receipt: null };
}

async function postInThread(parts: SenderParts, delivery: Sending<"thread">): Promise<SendResult> {
  const { at } = delivery;
  if (at === null) return notPostedYet(delivery);
  return postOnce(parts, delivery, { channel: at.channel, thread_ts: at.ts, text: delivery.payload.text }, () => null);
}

/** A Home that Slack no longer shows is not drawn again until it is opened. */
async function drawHome(parts: SenderParts, delivery: Sending<"home">): Promise<SendResult> {
  const { userId } = delivery.payload;
  try {
    await publishHome(parts, parts.api.outbox, userId);
    return { result: "sent", receipt: null };
  } catch (error) {
    const fault = faultOf(error);
    if (refusalCode(fault) === null) return afterFault(delivery, fault, true);
    await parts.engine.homes.closed(userId);
    return { result: "sent", receipt: null };
  }
}
