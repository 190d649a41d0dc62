import type { WebClient } from "@slack/web-api";
import { LIMITS } from "../../domain/base/limits.ts";
import { say } from "../../words/en.ts";
import { faultOf, refusalCode } from "./client.ts";

const words = say.sending.channel;

/** What Slack says of a channel, asked at most once a minute for each: it answers 50 of these a minute. */
export type ChannelState =
  | { state: "fine"; isPrivate: boolean }
  | { state: "archived" | "shared" | "not_member" }
  | { state: "unreadable"; why: string };
export type Channels = {
  look(channel: string): Promise<ChannelState>;
  /** Slack says that something about it has changed: the next look asks. */
  forget(channel: string): void;
  /**
   * What keeps a queue's cards from where they should go, in one line with the mend; null = nothing. `mustBePrivate`: something
   * confidential or restricted goes there.
   */
  faultOf(queue: string, channel: string, mustBePrivate: boolean): Promise<string | null>;
};

const KEPT_MS = 60_000;

/**
 * `becameShared`: called when it turns out that another company has been let in, or at the first look of this process; where it
 * fails, at the next look again.
 */
export function createChannels(client: WebClient, becameShared: (channel: string) => Promise<void>): Channels {
  const kept = new Map<string, { at: number; found: Promise<ChannelState> }>();
  const shared = new Set<string>();
  const notice = (channel: string, { state }: ChannelState) => {
    if (state === "shared" && !shared.has(channel)) becameShared(channel).catch(() => shared.delete(channel));
    if (state === "shared") shared.add(channel);
    else if (state !== "unreadable") shared.delete(channel);
  };
  const forgetAll = () => {
    kept.clear();
    shared.clear();
  };
  const look = (channel: string): Promise<ChannelState> => {
    const known = kept.get(channel);
    if (known !== undefined && performance.now() - known.at < KEPT_MS) return known.found;
    const found = ask(client, channel);
    // Slack may tell of channels that no queue knows.
    if (kept.size >= LIMITS.channelsKept.value) forgetAll();
    kept.set(channel, { at: performance.now(), found });
    void found.then((state) => notice(channel, state));
    return found;
  };
  return {
    look,
    forget: (channel) => kept.delete(channel),
    faultOf: async (queue, channel, mustBePrivate) => channelFault(queue, channel, await look(channel), mustBePrivate),
  };
}

async function ask(client: WebClient, channel: string): Promise<ChannelState> {
  try {
    const { channel: found } = await client.conversations.info({ channel });
    if (found?.is_archived === true) return { state: "archived" };
    // Another company would read what our agents are about to do.
    if (found?.is_ext_shared === true) return { state: "shared" };
    return found?.is_member === true ? { state: "fine", isPrivate: found.is_private === true } : { state: "not_member" };
  } catch (error) {
    return { state: "unreadable", why: refusalCode(faultOf(error)) ?? say.sending.noAnswer };
  }
}

function channelFault(queue: string, channel: string, found: ChannelState, mustBePrivate: boolean): string | null {
  switch (found.state) {
    case "fine":
      return mustBePrivate && !found.isPrivate ? words.notPrivate(queue, channel) : null;
    case "archived":
      return words.archived(queue, channel);
    case "shared":
      return words.shared(queue, channel);
    case "not_member":
      return words.notMember(queue, channel);
    case "unreadable":
      return words.unreadable(queue, channel, found.why);
  }
}
