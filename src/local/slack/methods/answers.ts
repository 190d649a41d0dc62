import type { Clock } from "../../../domain/base/clock.ts";
import { type Block, dmOf, type State } from "../state.ts";
import { blockFaults } from "../validate.ts";
import { linkified, parsed } from "../wording.ts";

/** The Web API's methods: arguments in, Slack's answer out. `ok: false` codes are Slack's own. */
export type Args = Record<string, unknown>;
export type Answer = { ok: boolean; error?: string } & Record<string, unknown>;
/** `clock`: the machine's, for signatures and everything that expires; `shown`: what people see, which can be moved ahead. */
export type World = { state: State; clock: Clock; shown: Clock; changed: () => void; selfUrl: () => string };
export type Method = (world: World, args: Args) => Answer;

/** `ok: false`, with what is wrong where there is more to say. */
export const no = (error: string, messages: string[] = []): Answer => ({
  ok: false,
  error,
  ...(messages.length === 0 ? {} : { response_metadata: { messages } }),
});
const MESSAGE_BLOCKS_CHARS_MAX = 13_200;

/** Where a message goes: a channel that the bot is in, or the DM of a person. */
export function placeOf(world: World, id: unknown): { id: string } | Answer {
  if (typeof id !== "string" || id === "") return no("channel_not_found");
  if (/^[UW]/.test(id)) {
    const account = world.state.accounts.get(id);
    if (account === undefined) return no("channel_not_found");
    return account.bot === true ? no("cannot_dm_bot") : { id: dmOf(world.state, id) };
  }
  if (id.startsWith("D") && world.state.messages.has(id)) return { id };
  const channel = world.state.channels.get(id);
  if (channel === undefined) return no("channel_not_found");
  if (channel.archived === true) return no("is_archived");
  return channel.bot ? { id } : no("not_in_channel");
}
export const isAnswer = (value: { id: string } | Answer): value is Answer => "ok" in value;

/** What a message says, as Slack keeps it. A message needs words, blocks or files. */
export function bodyOf({ state }: World, args: Args): { text: string; blocks: Block[] } | Answer {
  const blocks = args["blocks"] ?? [];
  const faults = [...blockFaults(blocks, "message"), ...fileFaults(state, blocks)];
  if (faults.length > 0) return no("invalid_blocks", faults);
  if (JSON.stringify(blocks).length > MESSAGE_BLOCKS_CHARS_MAX) return no("msg_blocks_too_long");
  const text = typeof args["text"] === "string" ? args["text"] : "";
  if ((blocks as Block[]).length === 0 && text === "" && args["files"] === undefined) return no("no_text");
  const said = args["parse"] === "none" ? text : linkified(text, state.channels);
  return { text: said, blocks: withIds(parsed(blocks as Block[], state.channels)) };
}

/** A block can only show a file that is there. */
function fileFaults(state: State, blocks: unknown): string[] {
  const ids = [...JSON.stringify(blocks).matchAll(/"slack_file":\{"id":"([^"]*)"/g)].map(([, id = ""]) => id);
  return ids.filter((id) => (state.files.get(id)?.bytes ?? null) === null).map(() => "invalid slack file");
}

/** Slack gives every block without one an id. */
export const withIds = (blocks: Block[]): Block[] => blocks.map((block, i) => ({ block_id: `b${i}`, ...block }));
