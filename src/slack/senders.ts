import type { KnownBlock } from "@slack/types";
import type { Directory } from "../domain/directory.ts";
import type { CardPlaces } from "../engine/cards.ts";
import { backoffMs, type Sender, type SendResult } from "../engine/deliver.ts";
import type { Engine } from "../engine/engine.ts";
import { type CallFault, faultOf, type SlackApi } from "./api.ts";
import { renderCard } from "./cards/card.ts";
import { findPosted } from "./find-posted.ts";
import { viewOf } from "./view.ts";

/** Everything the outbox sends to Slack. A post is never blindly repeated: after an ambiguous answer its message is looked for by its metadata first. */
export type SenderParts = { engine: Engine; places: CardPlaces; api: SlackApi; directory: () => Directory };
type Delivery = Parameters<Sender>[0];

/** After this many unanswered questions whether it arrived, a person has to look. */
const LOOKUPS_MAX = 8;
/** Codes that no retry mends. */
const HOPELESS = new Set([
  "channel_not_found",
  "is_archived",
  "not_in_channel",
  "invalid_blocks",
  "msg_blocks_too_long",
  "msg_too_long",
  "user_not_found",
  "no_text",
  "restricted_action",
  "cannot_dm_bot",
  "users_not_found",
]);

export function createSlackSenders(parts: SenderParts): Record<"card_post" | "card_update" | "thread" | "message", Sender> {
  return {
    card_post: (delivery) => postCard(parts, delivery),
    card_update: (delivery) => updateCard(parts, delivery),
    thread: (delivery) => postInThread(parts, delivery),
    message: (delivery) =>
      postOnce(parts, delivery, { channel: text(delivery, "channel"), text: text(delivery, "text") }, () => null),
  };
}

const text = (delivery: Delivery, key: string): string => String(delivery.payload[key] ?? "");

async function postCard(parts: SenderParts, delivery: Delivery): Promise<SendResult> {
  const channel = text(delivery, "channel");
  const loaded = delivery.escalationId === null ? null : await parts.engine.load(delivery.escalationId);
  if (loaded === null) return { result: "failed", why: "the escalation is unknown" };
  const { escalation } = loaded;
  const card = renderCard(viewOf(escalation, parts.directory()), channel);
  await parts.engine.saveRendering({
    escalationId: escalation.id,
    version: escalation.version,
    surface: `card:${channel}`,
    userId: null,
    digest: card.digest,
    complete: card.complete,
  });
  return postOnce(parts, delivery, { channel, text: card.text, blocks: card.blocks }, (at) => ({
    place: channel,
    ...at,
    revision: escalation.revision,
  }));
}

async function updateCard(parts: SenderParts, delivery: Delivery): Promise<SendResult> {
  const place = text(delivery, "channel");
  const loaded = delivery.escalationId === null ? null : await parts.engine.load(delivery.escalationId);
  if (loaded === null) return { result: "failed", why: "the escalation is unknown" };
  const { escalation } = loaded;
  const at = await parts.places.find(escalation.id, place);
  // The post is still on its way in the other lane: it draws what is true then, and owes an update itself if that was not the newest.
  if (at === null) return { result: "sent", receipt: null };
  const card = renderCard(viewOf(escalation, parts.directory()), place);
  await parts.engine.saveRendering({
    escalationId: escalation.id,
    version: escalation.version,
    surface: `card:${place}`,
    userId: null,
    digest: card.digest,
    complete: card.complete,
  });
  try {
    await parts.api.outbox.chat.update({ channel: at.channel, ts: at.ts, text: card.text.slice(0, 4000), blocks: card.blocks });
    return { result: "sent", receipt: { place, channel: at.channel, ts: at.ts, revision: escalation.revision } };
  } catch (error) {
    const fault = faultOf(error);
    // Somebody deleted the message: what still waits for people must stay visible.
    const gone = fault.kind === "refused" && (fault.code === "message_not_found" || fault.code === "cant_update_message");
    if (gone && escalation.endedAt === null) return postCard(parts, delivery);
    if (gone) return { result: "sent", receipt: null };
    return afterFault(delivery, fault, true);
  }
}

/** The card this belongs under has no place yet. */
function notPostedYet(delivery: Delivery): SendResult {
  if (delivery.attempts >= 12) return { result: "failed", why: "the card itself could not be posted" };
  return {
    result: "retry",
    afterMs: backoffMs(delivery.attempts, 1000, 60_000),
    wholeLane: false,
    why: "the card has no place yet",
  };
}

async function postInThread(parts: SenderParts, delivery: Delivery): Promise<SendResult> {
  const place = text(delivery, "channel");
  const at = delivery.escalationId === null ? null : await parts.places.find(delivery.escalationId, place);
  if (at === null) return notPostedYet(delivery);
  return postOnce(parts, delivery, { channel: at.channel, thread_ts: at.ts, text: text(delivery, "text") }, () => null);
}

type Post = { channel: string; text: string; thread_ts?: string; blocks?: KnownBlock[] };
type At = { channel: string; ts: string };
type ReceiptOf = (at: At) => { place: string; channel: string; ts: string; revision: number } | null;

async function postOnce(parts: SenderParts, delivery: Delivery, post: Post, receiptOf: ReceiptOf): Promise<SendResult> {
  if (delivery.startedAt !== null) {
    const before = await lookFor(parts, delivery, post);
    if (before !== "absent")
      return before === "unknown" ? stillUnknown(delivery) : { result: "sent", receipt: receiptOf(before) };
  }
  const payload = {
    delivery_id: delivery.deliveryId,
    ...(delivery.escalationId === null ? {} : { escalation_id: delivery.escalationId }),
  };
  const metadata = { event_type: "countersign_card", event_payload: payload };
  try {
    const message = { ...post, text: post.text.slice(0, 4000), metadata, unfurl_links: false, unfurl_media: false };
    const sent = await parts.api.outbox.chat.postMessage(message as Parameters<SlackApi["outbox"]["chat"]["postMessage"]>[0]);
    return { result: "sent", receipt: receiptOf({ channel: sent.channel ?? post.channel, ts: sent.ts ?? "" }) };
  } catch (error) {
    const fault = faultOf(error);
    if (fault.kind !== "ambiguous") return afterFault(delivery, fault, false);
    const found = await lookFor(parts, { ...delivery, startedAt: delivery.startedAt ?? new Date(0) }, post);
    if (found === "unknown") return stillUnknown(delivery);
    if (found === "absent")
      return { result: "retry", afterMs: backoffMs(delivery.attempts, 1000, 60_000), wholeLane: true, why: fault.why };
    return { result: "sent", receipt: receiptOf(found) };
  }
}

function stillUnknown(delivery: Delivery): SendResult {
  const why = "Slack did not say whether the message arrived";
  if (delivery.attempts >= LOOKUPS_MAX) return { result: "uncertain", why };
  return { result: "retry", afterMs: backoffMs(delivery.attempts, 1000, 60_000), wholeLane: true, why, maybeSent: true };
}

async function lookFor(parts: SenderParts, delivery: Delivery, post: Post): Promise<At | "absent" | "unknown"> {
  return findPosted(parts.api.outbox, {
    channel: post.channel,
    threadTs: post.thread_ts ?? null,
    deliveryId: delivery.deliveryId,
  });
}

function afterFault(delivery: Delivery, fault: CallFault, repeatable: boolean): SendResult {
  if (fault.kind === "limited")
    return {
      result: "retry",
      afterMs: fault.retryAfterS * 1000,
      wholeLane: true,
      why: `rate limited for ${fault.retryAfterS} s`,
    };
  if (fault.kind === "ambiguous") {
    const retry = {
      result: "retry" as const,
      afterMs: backoffMs(delivery.attempts, 500, 60_000),
      wholeLane: true,
      why: fault.why,
    };
    return repeatable ? retry : { ...retry, maybeSent: true };
  }
  if (HOPELESS.has(fault.code)) return { result: "failed", why: `Slack refuses it: ${fault.code}` };
  // Tokens come back, permissions are mended: it waits, visibly.
  return {
    result: "retry",
    afterMs: backoffMs(delivery.attempts, 5000, 300_000),
    wholeLane: true,
    why: `Slack refuses it for now: ${fault.code}`,
  };
}
