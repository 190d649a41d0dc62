import type { WebClient } from "@slack/web-api";
import { faultOf } from "./client.ts";

/** What Slack says of a channel, asked at most once a minute for each: it answers 50 of these a minute. */
export type ChannelState = { state: "fine" | "archived" | "shared" | "not_member" } | { state: "unreadable"; why: string };
export type Channels = { look(channel: string): Promise<ChannelState> };

const KEPT_MS = 60_000;

export function createChannels(client: WebClient): Channels {
  const kept = new Map<string, { at: number; found: Promise<ChannelState> }>();
  return {
    look(channel) {
      const known = kept.get(channel);
      if (known !== undefined && performance.now() - known.at < KEPT_MS) return known.found;
      const found = ask(client, channel);
      kept.set(channel, { at: performance.now(), found });
      return found;
    },
  };
}

async function ask(client: WebClient, channel: string): Promise<ChannelState> {
  try {
    const { channel: found } = await client.conversations.info({ channel });
    if (found?.is_archived === true) return { state: "archived" };
    // Another company would read what our agents are about to do.
    if (found?.is_ext_shared === true) return { state: "shared" };
    return { state: found?.is_member === true ? "fine" : "not_member" };
  } catch (error) {
    const fault = faultOf(error);
    return { state: "unreadable", why: fault.kind === "refused" ? fault.code : "no answer" };
  }
}

/** What keeps cards out of a queue's channel, in one line with the mend; null = nothing. */
export function channelFault(queue: string, channel: string, found: ChannelState): string | null {
  const where = `the channel ${channel} of the queue ${queue}`;
  switch (found.state) {
    case "fine":
      return null;
    case "archived":
      return `${where} is archived`;
    case "shared":
      return `${where} is shared with another company: use one of your own`;
    case "not_member":
      return `the bot is not in ${where}: /invite @Countersign there`;
    case "unreadable":
      return `${where} cannot be read (${found.why})`;
  }
}
