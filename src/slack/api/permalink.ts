import type { WebClient } from "@slack/web-api";
import { LIMITS } from "../../domain/base/limits.ts";
import { within } from "./within.ts";

/** The address that a message has in a browser; null while Slack does not say. */
export type Permalink = (channel: string, ts: string) => Promise<string | null>;

/** Nobody waits for the address of a message: where Slack is slow, it is asked again when the message is drawn the next time. */
const ASK_WITHIN_MS = 1000;
/** Slack's own, and nothing in it that would end a link. */
const ADDRESS = /^https:\/\/[^\s<>|]{1,500}$/;
/** Channels that cards go to are a few; what is beyond is asked for each time. */
const CHANNELS_MAX = LIMITS.channelsKept.value;

/**
 * Asks Slack once for each channel. All addresses of a channel begin alike and end with the time of the message; where the first
 * answer is not of that form, every message is asked about.
 */
export function createPermalink(client: WebClient): Permalink {
  const beginnings = new Map<string, string>();
  return async (channel, ts) => {
    const end = `p${ts.replace(".", "")}`;
    const known = beginnings.get(channel);
    if (known !== undefined) return known + end;
    const asked = client.chat.getPermalink({ channel, message_ts: ts }).catch(() => null);
    const permalink = (await within(ASK_WITHIN_MS, asked))?.permalink;
    if (permalink === undefined || !ADDRESS.test(permalink)) return null;
    if (permalink.endsWith(`/archives/${channel}/${end}`) && beginnings.size < CHANNELS_MAX)
      beginnings.set(channel, permalink.slice(0, -end.length));
    return permalink;
  };
}
