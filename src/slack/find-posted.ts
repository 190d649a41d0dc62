import type { WebClient } from "@slack/web-api";
import { faultOf } from "./api.ts";

/** Looks for a message of ours by the delivery id in its metadata, newest first, a bounded number of pages back. */
const PAGES_MAX = 3;
/** With the last call's own time-out this stays well within the lease of a lane. */
const LOOK_MS_MAX = 10_000;
/** `unreachable`: Slack did not answer, so ask again; `unknown`: Slack will not say. */
export type LookUp = "absent" | "unknown" | "unreachable";
type Wanted = { channel: string; threadTs: string | null; deliveryId: string };
type Found = { ts?: string; metadata?: { event_payload?: object } };

export async function findPosted(client: WebClient, wanted: Wanted): Promise<{ channel: string; ts: string } | LookUp> {
  const begun = performance.now();
  try {
    const channel = await channelOf(client, wanted.channel);
    let cursor: string | undefined;
    for (let page = 0; page < PAGES_MAX; page++) {
      if (performance.now() - begun > LOOK_MS_MAX) return "unreachable";
      const more = cursor === undefined ? {} : { cursor };
      const shared = { channel, include_all_metadata: true, limit: 100, ...more };
      const answer =
        wanted.threadTs === null
          ? await client.conversations.history(shared)
          : await client.conversations.replies({ ...shared, ts: wanted.threadTs });
      const mine = ((answer.messages ?? []) as Found[]).find((message) => idOf(message) === wanted.deliveryId);
      if (mine?.ts !== undefined) return { channel, ts: mine.ts };
      cursor = answer.response_metadata?.next_cursor;
      if (!cursor) return "absent";
    }
    return "absent";
  } catch (error) {
    return faultOf(error).kind === "refused" ? "unknown" : "unreachable";
  }
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
