import type { WebClient } from "@slack/web-api";
import { queuesOf } from "../../domain/people/directory.ts";
import { refuseReader } from "../lists/reader.ts";
import { waitingFor } from "../lists/waiting-for.ts";
import { spoken } from "../mrkdwn.ts";
import type { SenderParts } from "../parts.ts";

import { renderHome, WAITING_SHOWN } from "./view.ts";

/** Draws the Home of one person from what is true now. `client`: the outbox's, or the one that answers clicks. */
export async function publishHome(
  parts: Pick<SenderParts, "engine" | "directory" | "people">,
  client: WebClient,
  userId: string,
): Promise<void> {
  const refusal = await refuseReader(parts, userId);
  if (refusal !== null) {
    await client.views.publish({ user_id: userId, view: { type: "home", blocks: spoken(refusal.detail).blocks } });
    return;
  }
  const queues = queuesOf(parts.directory(), userId);
  const { found: waiting, mayBeMore } = await waitingFor(parts, userId, WAITING_SHOWN + 1);
  const voted = await parts.engine.votedBy(userId, 8);
  // Whoever left a queue reads of it no more.
  const recent = voted.filter((one) => queues.includes(one.ruling.queue));
  const depths = await parts.engine.queueDepths(queues);
  const view = renderHome({ userId, reviewer: queues.length > 0, waiting, mayBeMore, queues: depths, recent });
  await client.views.publish({ user_id: userId, view });
}
