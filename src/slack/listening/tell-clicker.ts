import type { Escalation } from "../../domain/shapes/escalation.ts";
import { isNotReady } from "../../engine/loops/database-away.ts";
import { isUnsure, type Unsure } from "../../engine/loops/patience.ts";
import { say } from "../../words/en.ts";
import { faultOf } from "../api/client.ts";
import { openTitleLinked } from "../cards/where.ts";
import { noticeModal } from "../modals/frame.ts";
import { spoken } from "../mrkdwn.ts";
import type { SlackParts } from "../parts.ts";
import type { ClickOrigin } from "./target.ts";

/**
 * Every click is answered. A refusal is one sentence, seen only by the clicker: beside the card, in a modal where there is no
 * channel, and by direct message where Slack takes neither any more (the trigger has expired, the clicker has left the channel).
 */
export type Clicker = { userId: string; triggerId: string | null; origin: ClickOrigin };

/** `about`: what was clicked on, named first, because several cards may stand in one conversation. */
export type Told = { detail: string; title?: string; about?: Escalation | null };

export async function tellClicker(parts: SlackParts, clicker: Clicker, told: Told): Promise<void> {
  const { title = say.clicks.notDone, about = null } = told;
  const detail = about === null ? told.detail : say.clicks.about(openTitleLinked(about), told.detail);
  const { origin, userId, triggerId } = clicker;
  const { chat, views } = parts.api.interactive;
  // From a form the notice opens on top of it.
  const show = origin.on === "modal" ? views.push : views.open;
  const ways = [
    ...(origin.on === "message" ? [() => chat.postEphemeral({ channel: origin.channel, user: userId, ...spoken(detail) })] : []),
    ...(triggerId === null ? [] : [() => show({ trigger_id: triggerId, view: noticeModal(title, detail) })]),
    () => parts.engine.tellPerson(userId, `${title}: ${detail}`),
  ];
  for (const way of ways) {
    try {
      await way();
      return;
    } catch (error) {
      parts.log.error({ fault: faultOf(error), user: userId }, "a refusal could not be shown there; trying another way");
    }
  }
}

/**
 * What a clicker is told when it is our fault: what is known now, and where nobody knows yet, what became of it as soon as
 * somebody does.
 */
export async function tellFault(
  parts: SlackParts,
  clicker: Clicker,
  error: unknown,
  about: Escalation | null = null,
): Promise<void> {
  if (!isUnsure(error)) return tellClicker(parts, clicker, { detail: faultWords(error), about });
  await tellClicker(parts, clicker, { title: say.clicks.notKnownYet, detail: say.refusals.notKnownYet, about });
  await tellOutcome(parts, clicker, error, about);
}

/** For whatever was thrown before anything was sent. */
export const faultWords = (error: unknown): string => (isNotReady(error) ? say.refusals.notReady : say.refusals.ourFault);

/** What became of it, as soon as anybody knows. */
export async function tellOutcome(
  parts: SlackParts,
  clicker: Clicker,
  { outcome }: Unsure,
  about: Escalation | null,
): Promise<void> {
  const { recordedAfterAll, nothingAfterAll, staysUnknown } = say.refusals;
  const became = await outcome.then(
    (stored): Told => (stored ? { title: say.clicks.done, detail: recordedAfterAll, about } : { detail: nothingAfterAll, about }),
    (): Told => ({ title: say.clicks.notKnownYet, detail: staysUnknown, about }),
  );
  // Slack opens nothing for a click of so long ago.
  await tellClicker(parts, { ...clicker, triggerId: null }, became);
}
