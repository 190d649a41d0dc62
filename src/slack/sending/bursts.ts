import type { KnownBlock } from "@slack/types";
import { burstPlace, burstPlaces } from "../../domain/consequences/effects.ts";
import { isWaitedFor } from "../../domain/people/authority.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import type { SendResult, UnderWay } from "../../engine/delivery/deliver.ts";
import { say } from "../../words/en.ts";
import { openLiteral } from "../cards/notification.ts";
import type { SenderParts } from "../parts.ts";
import { header, linked, section, when } from "../text.ts";
import { postOnce, redrawAt } from "./post.ts";

/** Above a number of pages in a few minutes a person gets one message that lists the rest. A hundred cards hide each other. */
const SENT: SendResult = { result: "sent", receipt: null };
const SHOWN_MAX = 20;

/** Where a page belongs that is no message of its own: null = it is one. A repeated send goes where the first one went. */
export async function burstOf(
  parts: SenderParts,
  delivery: UnderWay,
  escalation: Escalation,
  userId: string,
): Promise<string | null> {
  if (delivery.attempts > 0) return (await parts.places.findAll(escalation.id, burstPlaces(userId))).at(-1)?.place ?? null;
  const since = await parts.engine.countPage(userId);
  return since === null ? null : burstPlace(userId, since);
}

export async function sendInBurst(
  parts: SenderParts,
  delivery: UnderWay,
  escalation: Escalation,
  place: string,
): Promise<SendResult> {
  const userId = readerOf(place);
  const at = await parts.places.findBatch(place);
  if (at !== null) {
    await parts.places.join({ place, channel: at.channel, ts: at.ts }, escalation.id);
    return updateBurst(parts, delivery, place);
  }
  const { text, blocks } = burstMessage([escalation], userId, parts);
  const shown = [shownAs(escalation)];
  return postOnce(parts, delivery, { channel: userId, text, blocks }, (where) => ({ place, ...where, shown }));
}

/** At the revision that was drawn. */
export const shownAs = ({ id, revision }: Escalation) => ({ id, revision });

/** Draws the message anew from all that it lists. */
export async function updateBurst(parts: SenderParts, delivery: UnderWay, place: string): Promise<SendResult> {
  const at = await parts.places.findBatch(place);
  if (at === null) return SENT;
  const ids = await parts.engine.escalationsAt(place);
  const loaded = await Promise.all(ids.map((id) => parts.engine.load(id)));
  const listed = loaded.flatMap((one) => (one === null ? [] : [one.escalation]));
  const redrawn = await redrawAt(parts, delivery, at, burstMessage(listed, readerOf(place), parts));
  if (redrawn === "gone") return SENT;
  if (redrawn !== "drawn") return redrawn;
  return { result: "sent", receipt: { place, channel: at.channel, ts: at.ts, shown: listed.map(shownAs) } };
}

const readerOf = (place: string): string => place.split(":")[1] ?? "";

function burstMessage(listed: readonly Escalation[], userId: string, parts: SenderParts): { text: string; blocks: KnownBlock[] } {
  const directory = parts.directory();
  const open = listed.filter((one) => isWaitedFor(directory, one, userId));
  const title = open.length === 0 ? say.paging.burstOver : say.paging.burst(open.length);
  const lines = open.slice(0, SHOWN_MAX).map((one) => {
    const by = one.deadline === null ? "" : ` ${say.paging.burstBy(when(one.deadline))}`;
    return `• ${linked(openLiteral(one), one.permalink)}${by} · <#${one.ruling.channel}> · \`${one.id}\``;
  });
  const more = open.length > SHOWN_MAX ? [say.paging.burstMore(open.length - SHOWN_MAX)] : [];
  const body = [...lines, ...more, ...(open.length === 0 ? [] : [say.paging.burstHow])];
  return { text: `☎ ${title}`, blocks: [header(`☎ ${title}`), ...(body.length === 0 ? [] : [section(body.join("\n"))])] };
}
