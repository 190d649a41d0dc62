import type { Directory } from "../../domain/people/directory.ts";
import { say } from "../../words/en.ts";
import type { Channels } from "./channels.ts";
import { faultOf, refusalCode } from "./client.ts";

/** What keeps Slack from working, one line each with the mend: for `/readyz`, and for `countersign doctor`. */
export function tokenFault(error: unknown): string {
  const why = refusalCode(faultOf(error)) ?? say.sending.noAnswer;
  return say.sending.slack.token(why);
}

/** The queues whose channel the bot cannot post to, or which has to be private (`guarded`) and is not. */
export async function channelFaults(
  channels: Channels,
  { queues }: Directory,
  guarded: readonly string[] = [],
): Promise<string[]> {
  const faults = [...queues.values()].map(({ name, channel }) => channels.faultOf(name, channel, guarded.includes(channel)));
  return (await Promise.all(faults)).filter((fault) => fault !== null);
}
