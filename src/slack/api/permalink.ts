import type { WebClient } from "@slack/web-api";
import { within } from "./within.ts";

/** Nobody waits for the address of a message: where Slack is slow, it is asked again when the message is drawn the next time. */
const ASK_WITHIN_MS = 1000;
/** Slack's own, and nothing in it that would end a link. */
const ADDRESS = /^https:\/\/[^\s<>|]{1,500}$/;

/** The address that a message has in a browser; null while Slack does not say. */
export async function askPermalink(client: WebClient, channel: string, ts: string): Promise<string | null> {
  const asked = client.chat.getPermalink({ channel, message_ts: ts }).catch(() => null);
  const permalink = (await within(ASK_WITHIN_MS, asked))?.permalink;
  return permalink !== undefined && ADDRESS.test(permalink) ? permalink : null;
}
