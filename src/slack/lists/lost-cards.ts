import { setTimeout as sleep } from "node:timers/promises";
import { say } from "../../words/en.ts";
import { type CallFault, faultOf, type SlackApi } from "../api/client.ts";
import { section, when } from "../text.ts";

/**
 * Cards in a channel of escalations that the database does not know, because it was put back to an earlier point: found by the
 * metadata that every message of ours carries, and drawn without a button.
 */
const PAGE = 200;
const TRIES_MAX = 5;
const PAUSE_MS = 2000;
/** Slack's clock and the database's are never this far apart. */
const CLOCKS_APART_S = 120;

export type LostCard = { ts: string; escalationId: string };
/** `ours`: how many messages of ours were looked at. `fault`: why it ended early; null when it did not. */
export type LookedThrough = { ours: number; lost: LostCard[]; fault: string | null };
/** `known`: of these ids, those that the database has. */
type Looking = { channel: string; since: Date; known: (ids: readonly string[]) => Promise<ReadonlySet<string>> };

/** Looks through a channel since then; what a rate limit keeps back is waited for. */
export async function findLostCards({ outbox }: SlackApi, { channel, since, known }: Looking): Promise<LookedThrough> {
  const found: LookedThrough = { ours: 0, lost: [], fault: null };
  const oldest = String(Math.floor(since.getTime() / 1000) - CLOCKS_APART_S);
  let cursor: string | undefined;
  do {
    const page = { channel, oldest, include_all_metadata: true, limit: PAGE, ...(cursor === undefined ? {} : { cursor }) };
    const answer = await patiently(() => outbox.conversations.history(page));
    if ("fault" in answer) return { ...found, fault: answer.fault };
    const ours = ((answer.done.messages ?? []) as Message[]).flatMap(cardIn);
    const here = await known(ours.map((one) => one.escalationId));
    found.ours += ours.length;
    found.lost.push(...ours.filter((one) => !here.has(one.escalationId)));
    cursor = answer.done.response_metadata?.next_cursor;
  } while (cursor);
  return found;
}

type Message = { ts?: string; metadata?: { event_type?: string; event_payload?: object } };

function cardIn({ ts, metadata }: Message): LostCard[] {
  const payload = metadata?.event_payload;
  if (ts === undefined || metadata?.event_type !== "countersign_card" || payload === undefined) return [];
  return "escalation_id" in payload && typeof payload.escalation_id === "string"
    ? [{ ts, escalationId: payload.escalation_id }]
    : [];
}

/** Draws it as lost; null, or why Slack did not take that. */
export async function drawLost(
  { chat }: SlackApi,
  channel: string,
  { ts, escalationId }: LostCard,
  to: Date,
): Promise<string | null> {
  const { cardTitle, cardWhy } = say.operator.recovery;
  const blocks = [section(`⚠ *${cardTitle}* ${cardWhy(when(to, "{date_short_pretty} {time}"), escalationId)}`)];
  const answer = await patiently(() => chat.update({ channel, ts, text: cardTitle, blocks }));
  return "fault" in answer ? answer.fault : null;
}

/** Reading, and drawing what is drawn the same each time, may be done over. */
async function patiently<T>(call: () => Promise<T>): Promise<{ done: T } | { fault: string }> {
  for (let tries = 1; ; tries++) {
    try {
      return { done: await call() };
    } catch (error) {
      const fault = faultOf(error);
      if (fault.kind === "refused" || tries === TRIES_MAX) return { fault: wordsOf(fault) };
      await sleep(fault.kind === "limited" ? fault.retryAfterS * 1000 : PAUSE_MS);
    }
  }
}

function wordsOf(fault: CallFault): string {
  if (fault.kind === "limited") return say.sending.slack.alwaysLimited;
  return fault.kind === "refused" ? fault.code : fault.why;
}
