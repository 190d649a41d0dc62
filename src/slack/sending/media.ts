import type { KnownBlock } from "@slack/types";
import type { MediaType } from "../../domain/shapes/media.ts";
import { mediaOf } from "../../domain/shapes/request.ts";
import { LEFT, type Sending, type SendResult } from "../../engine/delivery/deliver.ts";
import { say } from "../../words/en.ts";
import { faultOf } from "../api/client.ts";
import type { SenderParts } from "../parts.ts";
import { asSeen, bold, foreign, line, richText, words } from "../text.ts";
import { notPostedYet } from "./not-posted-yet.ts";
import { afterFault } from "./post.ts";

/**
 * Pictures and files that stand as evidence, in the thread of their card: put into Slack first, where nobody sees them, then
 * shared in one message.
 */
const ENDS: Record<MediaType, string> = { "image/png": "png", "image/jpeg": "jpg", "text/x-diff": "diff", "text/plain": "txt" };
/** Sharing takes 10 s at the most, and all of it has to be over within the lease: what took longer until then begins anew. */
const UPLOAD_WITHIN_MS = 4000;

type File = { name: string; title: string; bytes: Buffer };

export async function shareMedia(parts: SenderParts, delivery: Sending<"media">): Promise<SendResult> {
  const { at, escalationId } = delivery;
  if (at === null) return notPostedYet(delivery);
  const files = escalationId === null ? null : await filesOf(parts, escalationId);
  if (files === null || files.length === 0) return { result: "failed", why: say.sending.unknownEscalation };
  if (/^[CG]/.test(at.channel) && (await parts.channels.look(at.channel)).state === "shared")
    return { result: "failed", why: say.guarded.sharedPost };
  const begun = performance.now();
  let ids: string[];
  try {
    // It may have been shared by a send that nobody saw end.
    if (delivery.startedAt !== null && (await isShared(parts, at, files))) return { result: "sent", receipt: null };
    ids = await Promise.all(files.map(({ name, title, bytes }) => parts.api.upload({ name, alt: title, bytes })));
    if (performance.now() - begun > UPLOAD_WITHIN_MS) throw new Error(say.sending.uploadSlow);
  } catch (error) {
    return afterFault(delivery, faultOf(error), true);
  }
  if (!(await delivery.begin())) return LEFT;
  try {
    const [first, ...others] = ids.map((id, i) => ({ id, title: files[i]?.title ?? "" }));
    if (first === undefined) throw new Error("nothing to share");
    const where = { channel_id: at.channel, thread_ts: at.ts };
    await parts.api.outbox.files.completeUploadExternal({ files: [first, ...others], ...where, blocks: captions(files) });
    return { result: "sent", receipt: null };
  } catch (error) {
    return afterFault(delivery, faultOf(error), false);
  }
}

const captions = (files: readonly File[]): KnownBlock[] => [
  richText(line(bold(`${say.cards.evidence}  `), words(files.map(({ title }) => title).join(" · ")))),
];

async function filesOf(parts: SenderParts, id: string): Promise<File[] | null> {
  const loaded = await parts.engine.load(id);
  if (loaded === null) return null;
  const bytes = await parts.engine.media(id);
  return mediaOf(loaded.escalation.request).map(({ title, media }, i) => ({
    name: `${id}-${i + 1}.${ENDS[media.type]}`,
    title: foreign(title, 150),
    bytes: asShared(media.type, bytes[i] ?? Buffer.alloc(0)),
  }));
}

/** What cannot be seen in a text is seen in its file as well. */
const asShared = (type: MediaType, bytes: Buffer): Buffer =>
  type.startsWith("text/") ? Buffer.from(asSeen(bytes.toString("utf8"))) : bytes;

async function isShared(parts: SenderParts, at: { channel: string; ts: string }, files: readonly File[]): Promise<boolean> {
  const { messages = [] } = await parts.api.outbox.conversations.replies({ channel: at.channel, ts: at.ts, limit: 200 });
  const names = new Set(messages.flatMap((one) => (one.files ?? []).map(({ name }) => name)));
  return files.every(({ name }) => names.has(name));
}
