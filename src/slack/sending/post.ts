import type { KnownBlock } from "@slack/types";
import { LIMITS } from "../../domain/base/limits.ts";
import type { Envelope } from "../../domain/consequences/deliveries.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { isGuarded } from "../../domain/shapes/request.ts";
import {
  backoffMs,
  type CardReceipt,
  type Drawing,
  LEFT,
  type Receipt,
  type SendResult,
  type UnderWay,
} from "../../engine/delivery/deliver.ts";
import { say } from "../../words/en.ts";
import type { ChannelState } from "../api/channels.ts";
import { type CallFault, faultOf, isMessageGone, type SlackApi } from "../api/client.ts";
import { findPosted, type LookUp } from "../api/find-posted.ts";
import { within } from "../api/within.ts";
import { renderCard, sharedCard } from "../cards/card.ts";
import { viewOf } from "../cards/view.ts";
import { clipMrkdwn, spoken } from "../mrkdwn.ts";
import type { SenderParts } from "../parts.ts";

/** What was sent may have arrived as late as this, by Slack's clock, which is not quite the machine's. */
const ARRIVES_WITHIN_MS = 45_000;
/** A slow Slack is asked again later. What is sent is over within its lease; only looking for it may outlast that. */
const LOOK_AGAIN_WITHIN_MS = 15_000;
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
  // Somebody deleted the card: the lane must not wait for it to come back.
  "thread_not_found",
  "users_not_found",
]);

const LOOK_AT_CHANNEL_MS = 2000;

/** Codes that every message would get just now. */
const ABOUT_EVERYTHING = new Set([
  "not_authed",
  "invalid_auth",
  "account_inactive",
  "token_revoked",
  "token_expired",
  "no_permission",
  "missing_scope",
  "org_login_required",
  "ekm_access_denied",
  "team_access_not_granted",
  "two_factor_setup_required",
  "accesslimited",
  "team_added_to_org",
  "service_unavailable",
  "fatal_error",
  "internal_error",
]);

/** `place`: a channel, or the person in whose DM it stands. */
export async function postCard(parts: SenderParts, delivery: UnderWay, place: string): Promise<SendResult<CardReceipt>> {
  const { escalationId, revision: since } = delivery;
  const loaded = escalationId === null ? null : await parts.engine.loadSince(escalationId, since, place);
  if (loaded === null) return { result: "failed", why: say.sending.unknownEscalation };
  const { escalation } = loaded;
  if (isGuarded(escalation.request)) await expectPrivate(parts, escalation.ruling.queue, place);
  const { text, blocks, drawn } = await draw(parts, escalation, place);
  const { permalink, revision } = escalation;
  const receiptOf = (at: At) => ({ place, ...at, revision, permalink });
  const sent = await postOnce(parts, delivery, { channel: place, text, blocks }, receiptOf, drawn);
  if (place !== escalation.ruling.channel || sent.result !== "sent") return sent;
  const { channel, ts } = sent.receipt;
  return { ...sent, receipt: { ...sent.receipt, permalink: await parts.api.permalink(channel, ts) } };
}

/** A look that takes long must not keep a message back: then Slack itself says what it thinks of the channel. */
async function lookAt(parts: SenderParts, channel: string): Promise<ChannelState | null> {
  if (!/^[CG]/.test(channel)) return null;
  return within(LOOK_AT_CHANNEL_MS, parts.channels.look(channel));
}

/** Another company would read what our agents are about to do, and it may have been let in since the last message. */
const isShared = async (parts: SenderParts, channel: string): Promise<boolean> =>
  (await lookAt(parts, channel))?.state === "shared";

/** The card there says nothing of what is guarded, but who decides on what and when is not for everybody either. */
async function expectPrivate(parts: SenderParts, queue: string, channel: string): Promise<void> {
  const found = await lookAt(parts, channel);
  if (found === null) return;
  if (found.state !== "fine" || found.isPrivate) return;
  // That it lasts is what every replica knows, and what is known after a restart.
  await parts.engine.ringAlarm({ kind: "public_channel", queue, channel });
}

/**
 * Draws the card. `drawn`: what is kept before it is sent, where it can be decided on: a decision names what its author had
 * before them.
 */
export async function draw(
  parts: SenderParts,
  escalation: Escalation,
  place: string,
): Promise<{ text: string; blocks: KnownBlock[]; drawn: Drawing[] }> {
  const view = viewOf(escalation, parts.directory(), parts.engine.roster());
  if (await isShared(parts, place)) return { ...sharedCard(view), drawn: [] };
  const { text, blocks, digest, drawing, complete, isMarked } = renderCard(view, place);
  const { id, version } = escalation;
  if (isMarked) parts.engine.drawings.keep(digest, drawing);
  return { text, blocks, drawn: isMarked ? [{ escalationId: id, version, place, digest, complete }] : [] };
}

type Post = { channel: string; text: string; thread_ts?: string; reply_broadcast?: boolean; blocks?: KnownBlock[] };
type At = { channel: string; ts: string };

/** Posts what nobody may read twice: begun and kept before it leaves, and looked for where it may have arrived. */
export async function postOnce<R extends Receipt | null>(
  parts: SenderParts,
  delivery: UnderWay,
  post: Post,
  receiptOf: (at: At) => R,
  drawn: readonly Drawing[] = [],
): Promise<SendResult<R>> {
  const begun = performance.now();
  if (await isShared(parts, post.channel)) return { result: "failed", why: say.guarded.sharedPost };
  if (delivery.startedAt !== null) {
    const before = await lookFor(parts, delivery, post, await agesOf(parts, delivery, delivery.startedAt));
    if (before !== "absent")
      return typeof before === "string" ? stillUnknown(delivery, before) : { result: "sent", receipt: receiptOf(before) };
  }
  if (!(await delivery.begin(drawn))) return LEFT;
  const payload = {
    delivery_id: delivery.deliveryId,
    ...(delivery.escalationId === null ? {} : { escalation_id: delivery.escalationId }),
  };
  const metadata = { event_type: "countersign_card", event_payload: payload };
  try {
    const words = post.blocks === undefined ? spoken(post.text) : { text: clipMrkdwn(post.text, 4000) };
    const message = { ...post, ...words, metadata, unfurl_links: false, unfurl_media: false };
    const sent = await parts.api.chat.postMessage(message as Parameters<SlackApi["chat"]["postMessage"]>[0]);
    return { result: "sent", receipt: receiptOf({ channel: sent.channel ?? post.channel, ts: sent.ts ?? "" }) };
  } catch (error) {
    const fault = faultOf(error);
    if (fault.kind !== "ambiguous") return afterFault(delivery, fault, false);
    const late = performance.now() - begun > LOOK_AGAIN_WITHIN_MS;
    const found = late ? "unreachable" : await lookFor(parts, delivery, post, { firstMs: performance.now() - begun, lastMs: 0 });
    if (found === "unknown" || found === "unreachable") return stillUnknown(delivery, found);
    if (found === "absent")
      return { result: "retry", afterMs: backoffMs(delivery.attempts, 1000, 60_000), wholeLane: true, why: fault.why };
    return { result: "sent", receipt: receiptOf(found) };
  }
}

/** While Slack is away nothing is given up: when it is back it can say whether the message is there. */
function stillUnknown(delivery: Envelope, found: "unknown" | "unreachable"): SendResult<never> {
  const why = found === "unknown" ? say.sending.slack.unsureWhetherArrived : say.sending.slack.silent;
  if (found === "unknown" && delivery.attempts >= LIMITS.lookUps.value) return { result: "uncertain", why };
  return { result: "retry", afterMs: backoffMs(delivery.attempts, 1000, 60_000), wholeLane: true, why, maybeSent: true };
}

/** How long ago the first and the last of the sends began that may have arrived. */
type Ages = { firstMs: number; lastMs: number };

/**
 * After the clock was set back nobody knows how long ago it began; longer than this nothing is kept waiting between two tries.
 */
const SET_BACK_MS = 3_600_000;

/** Slack's times are near the machine's; the database's may have been moved on: only its ages count. */
async function agesOf(parts: SenderParts, delivery: Envelope, startedAt: Date): Promise<Ages> {
  const nowMs = (await parts.engine.now()).getTime();
  const firstMs = nowMs - startedAt.getTime();
  return { firstMs: firstMs < 0 ? SET_BACK_MS : firstMs, lastMs: nowMs - (delivery.triedAt ?? startedAt).getTime() };
}

async function lookFor(parts: SenderParts, delivery: Envelope, post: Post, { firstMs, lastMs }: Ages): Promise<At | LookUp> {
  const nowMs = parts.clock.now().getTime();
  return findPosted(parts.api.outbox, {
    channel: post.channel,
    threadTs: post.thread_ts ?? null,
    deliveryId: delivery.deliveryId,
    since: new Date(nowMs - Math.max(0, firstMs)),
    until: new Date(nowMs - Math.max(0, lastMs) + ARRIVES_WITHIN_MS),
  });
}

/** Draws a message anew where it stands; `gone`: somebody has deleted it. */
export async function redrawAt(
  parts: SenderParts,
  delivery: UnderWay,
  { channel, ts }: At,
  { text, blocks, drawn = [] }: { text: string; blocks: KnownBlock[]; drawn?: readonly Drawing[] },
): Promise<"drawn" | "gone" | SendResult<never>> {
  // Drawn twice it is the same: only what can be decided on has to be kept before.
  if (drawn.length > 0 && !(await delivery.begin(drawn))) return LEFT;
  try {
    await parts.api.chat.update({ channel, ts, text: clipMrkdwn(text, 4000), blocks });
    return "drawn";
  } catch (error) {
    const fault = faultOf(error);
    return isMessageGone(fault) ? "gone" : afterFault(delivery, fault, true);
  }
}

export function afterFault(delivery: Envelope, fault: CallFault, repeatable: boolean): SendResult<never> {
  if (fault.kind === "limited")
    return {
      result: "retry",
      afterMs: fault.retryAfterS * 1000,
      wholeLane: true,
      limited: true,
      why: say.sending.slack.limited(fault.retryAfterS),
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
  if (HOPELESS.has(fault.code)) return { result: "failed", why: say.sending.slack.refused(fault.code) };
  // Tokens come back, permissions are mended: it waits, visibly. What may be about this one message only holds up no other.
  return {
    result: "retry",
    afterMs: backoffMs(delivery.attempts, 5000, LIMITS.sendAgain.value),
    wholeLane: ABOUT_EVERYTHING.has(fault.code),
    why: say.sending.slack.refusedForNow(fault.code),
  };
}
