import type { WebClient } from "@slack/web-api";
import { LIMITS } from "../../domain/base/limits.ts";
import { faultOf, refusalCode } from "./client.ts";

/**
 * Looks for a message of ours by the delivery id in its metadata, newest first, through the time in which it can have arrived:
 * from when its first send began until its last one was over.
 */
const PAGE = 100;
const PAGES_MAX = LIMITS.lookedThrough.value / PAGE;
/** Slack's clock and the machine's are never this far apart; looking back further would only read what others wrote before. */
const CLOCKS_APART_S = 120;
/** With the last call's own time-out this stays well within the lease of a lane. */
const LOOK_MS_MAX = 10_000;
/** `unreachable`: Slack did not answer, so ask again; `unknown`: Slack will not say. */
export type LookUp = "absent" | "unknown" | "unreachable";
type Wanted = { channel: string; threadTs: string | null; deliveryId: string; since: Date; until: Date };
type At = { channel: string; ts: string };
type Found = { ts?: string; metadata?: { event_payload?: object } };

export async function findPosted(client: WebClient, wanted: Wanted): Promise<At | LookUp> {
  const begun = performance.now();
  try {
    const channel = await channelOf(client, wanted.channel);
    const since = Math.floor(wanted.since.getTime() / 1000) - CLOCKS_APART_S;
    const until = Math.ceil(wanted.until.getTime() / 1000) + CLOCKS_APART_S;
    const inTime = await lookThrough(client, wanted, { channel, begun, oldest: since, latest: until });
    if (inTime !== "absent") return inTime;
    // That time hangs on the database's clock, which may have been moved on meanwhile. What has been written since is looked
    // through as well, as far back as that goes.
    const later = await lookThrough(client, wanted, { channel, begun, oldest: until });
    return later === "unknown" ? "absent" : later;
  } catch (error) {
    return refusalCode(faultOf(error)) === null ? "unreachable" : "unknown";
  }
}

type Span = { channel: string; begun: number; oldest: number; latest?: number };

async function lookThrough(client: WebClient, wanted: Wanted, { channel, begun, oldest, latest }: Span): Promise<At | LookUp> {
  const span = { oldest: String(oldest), ...(latest === undefined ? {} : { latest: String(latest) }) };
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX; page++) {
    if (performance.now() - begun > LOOK_MS_MAX) return "unreachable";
    const shared = { channel, include_all_metadata: true, limit: PAGE, ...span, ...(cursor === undefined ? {} : { cursor }) };
    const answer =
      wanted.threadTs === null
        ? await client.conversations.history(shared)
        : await client.conversations.replies({ ...shared, ts: wanted.threadTs });
    const mine = ((answer.messages ?? []) as Found[]).find((message) => idOf(message) === wanted.deliveryId);
    if (mine?.ts !== undefined) return { channel, ts: mine.ts };
    cursor = answer.response_metadata?.next_cursor;
    if (!cursor) return "absent";
  }
  // There was more than could be looked through: not seen is not absent.
  return "unknown";
}

function idOf(message: Found): unknown {
  const payload = message.metadata?.event_payload;
  return payload !== undefined && "delivery_id" in payload ? payload.delivery_id : null;
}

/** A DM is posted to a person but read in its own channel. */
async function channelOf(client: WebClient, place: string): Promise<string> {
  if (!/^[UW]/.test(place)) return place;
  const opened = await client.conversations.open({ users: place });
  return opened.channel?.id ?? place;
}
