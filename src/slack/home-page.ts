import type { WebClient } from "@slack/web-api";
import { readStats } from "../engine/stats.ts";
import { queuesOf } from "./digests.ts";
import { renderHome, WAITING_SHOWN } from "./home.ts";
import type { SenderParts } from "./post.ts";
import { context } from "./text.ts";
import { lookForWaiting } from "./waiting-for.ts";

const MAY_BE_MORE =
  "Your queues are long: only their next few thousand deadlines were looked through for you, and more may wait behind them. See /countersign queue";

/** Draws the Home of one person from what is true now. `client`: the outbox's, or the one that answers clicks. */
export async function publishHome(
  parts: Pick<SenderParts, "engine" | "directory">,
  client: WebClient,
  userId: string,
): Promise<void> {
  const queues = queuesOf(parts.directory(), userId);
  const waiting = await lookForWaiting(parts, userId, WAITING_SHOWN + 1);
  const recent = await parts.engine.votedBy(userId, 8);
  const { queues: depths } = await readStats(parts.engine.parts.pool, 1, queues);
  const view = renderHome({ reviewer: queues.length > 0, waiting: waiting.found, queues: depths, recent });
  const [title, ...rest] = view.blocks;
  // Before the list, or an empty one would say that nothing waits.
  const told = waiting.mayBeMore && title !== undefined ? [title, context(MAY_BE_MORE), ...rest].slice(0, 100) : view.blocks;
  await client.views.publish({ user_id: userId, view: { ...view, blocks: told } });
}
