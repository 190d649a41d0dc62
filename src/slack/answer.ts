import type { Refusal } from "../domain/refusal.ts";
import { faultOf } from "./api.ts";
import type { Place, SlackParts } from "./clicks.ts";
import { noticeModal } from "./modals/frame.ts";

/** Every click is answered. A refusal is one sentence, seen only by the clicker: beside the card, or in a modal where there is no channel. */
export type Clicker = { userId: string; triggerId: string | null; place: Place };

export async function tellClicker(parts: SlackParts, clicker: Clicker, refusal: Pick<Refusal, "detail">): Promise<void> {
  const { place, userId, triggerId } = clicker;
  try {
    if (place.kind === "message")
      await parts.api.interactive.chat.postEphemeral({ channel: place.channel, user: userId, text: refusal.detail });
    else if (triggerId !== null)
      await parts.api.interactive.views.open({ trigger_id: triggerId, view: noticeModal("Not done", refusal.detail) });
  } catch (error) {
    const fault = faultOf(error);
    parts.log.error({ fault, user: userId }, "a refusal could not be shown beside the card; trying a modal");
    if (place.kind !== "message" || triggerId === null) return;
    const view = noticeModal("Not done", refusal.detail);
    await parts.api.interactive.views.open({ trigger_id: triggerId, view }).catch((second) => {
      parts.log.error({ fault: faultOf(second), user: userId }, "a clicker could not be answered");
    });
  }
}

/** What a clicker is told when it is our fault. */
export const OUR_FAULT = {
  detail:
    "Something is wrong on our side (the database did not answer in time), so nothing was decided. Please try again in a moment.",
};
