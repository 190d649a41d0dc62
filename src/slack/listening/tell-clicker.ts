import type { Refusal } from "../../domain/shapes/refusal.ts";
import { tellPerson } from "../../engine/tell-person.ts";
import { faultOf } from "../api/client.ts";
import { noticeModal } from "../modals/frame.ts";
import { spoken } from "../mrkdwn.ts";
import type { Place, SlackParts } from "./target.ts";

/**
 * Every click is answered. A refusal is one sentence, seen only by the clicker: beside the card, in a modal where there is no channel, and by direct message
 * where Slack takes neither any more (the trigger has expired, the clicker has left the channel).
 */
export type Clicker = { userId: string; triggerId: string | null; place: Place };

export async function tellClicker(parts: SlackParts, clicker: Clicker, { detail }: Pick<Refusal, "detail">): Promise<void> {
  const { place, userId, triggerId } = clicker;
  const { chat, views } = parts.api.interactive;
  const ways = [
    ...(place.kind === "message" ? [() => chat.postEphemeral({ channel: place.channel, user: userId, ...spoken(detail) })] : []),
    ...(triggerId === null ? [] : [() => views.open({ trigger_id: triggerId, view: noticeModal("Not done", detail) })]),
    () => tellPerson(parts.engine.parts, userId, `Not done: ${detail}`),
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

/** What a clicker is told when it is our fault. */
export const OUR_FAULT = {
  detail:
    "Something is wrong on our side (the database did not answer in time), so nothing was decided. Please try again in a moment.",
};
