import { isUnsure } from "../../engine/loops/patience.ts";
import { say } from "../../words/en.ts";
import { faultOf } from "../api/client.ts";
import { noticeModal } from "../modals/frame.ts";
import { spoken } from "../mrkdwn.ts";
import type { SlackParts } from "../parts.ts";
import type { ClickOrigin } from "./target.ts";

/**
 * Every click is answered. A refusal is one sentence, seen only by the clicker: beside the card, in a modal where there is no
 * channel, and by direct message where Slack takes neither any more (the trigger has expired, the clicker has left the channel).
 */
export type Clicker = { userId: string; triggerId: string | null; origin: ClickOrigin };

export type Told = { detail: string; title?: string };

export async function tellClicker(parts: SlackParts, clicker: Clicker, { detail, title = "Not done" }: Told): Promise<void> {
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
export async function tellFault(parts: SlackParts, clicker: Clicker, error: unknown): Promise<void> {
  if (!isUnsure(error)) return tellClicker(parts, clicker, { detail: say.refusals.ourFault });
  await tellClicker(parts, clicker, { title: NOT_KNOWN_YET, detail: say.refusals.notKnownYet });
  const { recordedAfterAll, nothingAfterAll, staysUnknown } = say.refusals;
  const became = await error.outcome.then(
    (stored): Told => (stored ? { title: "Done", detail: recordedAfterAll } : { detail: nothingAfterAll }),
    (): Told => ({ title: NOT_KNOWN_YET, detail: staysUnknown }),
  );
  // Slack opens nothing for a click of so long ago.
  await tellClicker(parts, { ...clicker, triggerId: null }, became);
}

export const NOT_KNOWN_YET = "Not known yet";
