import type { Clock } from "../../domain/base/clock.ts";
import { type Block, dmOf, type Message, nextId, nextTs, type State, type View } from "./state.ts";
import { USERGROUP_METHODS } from "./usergroups.ts";
import { userInfo } from "./users.ts";
import { blockFaults, viewFaults } from "./validate.ts";
import { BOT, TEAM } from "./workspace.ts";

/** The Web API's methods: arguments in, Slack's answer out. `ok: false` codes are Slack's own. */
export type Args = Record<string, unknown>;
export type Answer = { ok: boolean; error?: string } & Record<string, unknown>;
/** `clock`: the machine's, for signatures and everything that expires; `shown`: what people see, which can be moved ahead. */
export type World = { state: State; clock: Clock; shown: Clock; changed: () => void };
type Method = (world: World, args: Args) => Answer;

const no = (error: string, messages: string[] = []): Answer => ({
  ok: false,
  error,
  ...(messages.length === 0 ? {} : { response_metadata: { messages } }),
});
const MESSAGE_BLOCKS_CHARS_MAX = 13_200;
const TRIGGER_MS = 3000;

function placeOf(world: World, id: unknown): { id: string } | Answer {
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
const isAnswer = (value: { id: string } | Answer): value is Answer => "ok" in value;

function bodyOf(args: Args): { blocks: Block[] } | Answer {
  const blocks = args["blocks"] ?? [];
  const faults = blockFaults(blocks, "message");
  if (faults.length > 0) return no("invalid_blocks", faults);
  if (JSON.stringify(blocks).length > MESSAGE_BLOCKS_CHARS_MAX) return no("msg_blocks_too_long");
  if ((blocks as Block[]).length === 0 && (typeof args["text"] !== "string" || args["text"] === "")) return no("no_text");
  return { blocks: withIds(blocks as Block[]) };
}

/** Slack gives every block without one an id. */
const withIds = (blocks: Block[]): Block[] => blocks.map((block, i) => ({ block_id: `b${i}`, ...block }));

const postMessage: Method = (world, args) => {
  const place = placeOf(world, args["channel"]);
  return isAnswer(place) ? place : storeMessage(world, place, args);
};

function storeMessage(world: World, place: { id: string }, args: Args): Answer {
  const body = bodyOf(args);
  if ("ok" in body) return body;
  const list = world.state.messages.get(place.id) ?? [];
  const thread = args["thread_ts"];
  if (thread !== undefined && !list.some((message) => message.ts === thread)) return no("thread_not_found");
  const ts = nextTs(world.state, world.shown);
  const message: Message = { ts, user: BOT.userId, text: String(args["text"] ?? ""), blocks: body.blocks };
  if (args["metadata"] !== undefined) message.metadata = args["metadata"];
  if (typeof thread === "string") message.thread_ts = thread;
  if (typeof thread === "string" && String(args["reply_broadcast"]) === "true") message.subtype = "thread_broadcast";
  world.state.messages.set(place.id, [...list, message]);
  world.changed();
  return { ok: true, channel: place.id, ts, message: { type: "message", bot_id: BOT.botId, ...message } };
}

const update: Method = (world, args) => {
  const place = placeOf(world, args["channel"]);
  if (isAnswer(place)) return place;
  const body = bodyOf(args);
  if ("ok" in body) return body;
  if (String(args["text"] ?? "").length > 4000) return no("msg_too_long");
  const message = world.state.messages.get(place.id)?.find((one) => one.ts === args["ts"]);
  if (message === undefined || message.ephemeralFor !== undefined) return no("message_not_found");
  Object.assign(message, { text: String(args["text"] ?? ""), blocks: body.blocks, edited: true });
  if (args["metadata"] !== undefined) message.metadata = args["metadata"];
  world.changed();
  return { ok: true, channel: place.id, ts: message.ts, text: message.text };
};

const remove: Method = (world, args) => {
  const place = placeOf(world, args["channel"]);
  if (isAnswer(place)) return place;
  const list = world.state.messages.get(place.id) ?? [];
  if (!list.some((one) => one.ts === args["ts"])) return no("message_not_found");
  world.state.messages.set(
    place.id,
    list.filter((one) => one.ts !== args["ts"]),
  );
  world.changed();
  return { ok: true, channel: place.id, ts: args["ts"] };
};

const postEphemeral: Method = (world, args) => {
  const place = placeOf(world, args["channel"]);
  return isAnswer(place) ? place : storeEphemeral(world, place, args);
};

function storeEphemeral(world: World, place: { id: string }, args: Args): Answer {
  const account = world.state.accounts.get(String(args["user"]));
  if (account === undefined || account.deleted === true) return no("user_not_in_channel");
  const body = bodyOf(args);
  if ("ok" in body) return body;
  const ts = nextTs(world.state, world.shown);
  const message: Message = {
    ts,
    user: BOT.userId,
    text: String(args["text"] ?? ""),
    blocks: body.blocks,
    ephemeralFor: account.id,
  };
  world.state.messages.set(place.id, [...(world.state.messages.get(place.id) ?? []), message]);
  world.changed();
  return { ok: true, message_ts: ts };
}

/** An answer to somebody's command or click: shown where they asked, whether or not the bot is a member there. */
export function answerThere(world: World, args: Args): Answer {
  const id = String(args["channel"]);
  if (!world.state.messages.has(id)) return no("channel_not_found");
  return args["response_type"] === "in_channel" ? storeMessage(world, { id }, args) : storeEphemeral(world, { id }, args);
}

/** A trigger opens one modal, within three seconds, for the person who clicked. */
function useTrigger(world: World, id: unknown): string | Answer {
  const trigger = world.state.triggers.get(String(id));
  if (trigger === undefined) return no("invalid_trigger_id");
  world.state.triggers.delete(String(id));
  return world.clock.now().getTime() - trigger.at > TRIGGER_MS ? no("expired_trigger_id") : trigger.userId;
}

function newView(world: World, given: Args): View {
  const hash = `${Math.floor(world.clock.now().getTime() / 1000)}.${nextId(world.state, "h")}`;
  const blocks = withIds((given["blocks"] ?? []) as Block[]);
  const frame = {
    id: nextId(world.state, "V"),
    team_id: TEAM.id,
    app_id: BOT.appId,
    bot_id: BOT.botId,
    hash,
    private_metadata: "",
    callback_id: "",
    state: { values: {} },
  };
  return { ...frame, ...given, blocks } as unknown as View;
}

const openView: Method = (world, args) => {
  const faults = viewFaults(args["view"]);
  if (faults.length > 0) return no("invalid_arguments", faults);
  const userId = useTrigger(world, args["trigger_id"]);
  if (typeof userId !== "string") return userId;
  const view = newView(world, args["view"] as Args);
  world.state.stacks.set(userId, [view]);
  world.changed();
  return { ok: true, view };
};

const pushView: Method = (world, args) => {
  const faults = viewFaults(args["view"]);
  if (faults.length > 0) return no("invalid_arguments", faults);
  const userId = useTrigger(world, args["trigger_id"]);
  if (typeof userId !== "string") return userId;
  const stack = world.state.stacks.get(userId) ?? [];
  if (stack.length >= 3) return no("push_limit_reached");
  const view = newView(world, args["view"] as Args);
  world.state.stacks.set(userId, [...stack, view]);
  world.changed();
  return { ok: true, view };
};

const updateView: Method = (world, args) => {
  const faults = viewFaults(args["view"]);
  if (faults.length > 0) return no("invalid_arguments", faults);
  for (const stack of world.state.stacks.values()) {
    const at = stack.findIndex((view) => view.id === args["view_id"]);
    const old = stack[at];
    if (old === undefined) continue;
    if (args["hash"] !== undefined && args["hash"] !== old.hash) return no("hash_conflict");
    const view = { ...newView(world, args["view"] as Args), id: old.id };
    stack[at] = view;
    world.changed();
    return { ok: true, view };
  }
  return no("not_found");
};

const publishView: Method = (world, args) => {
  const faults = viewFaults(args["view"]);
  if (faults.length > 0) return no("invalid_arguments", faults);
  const userId = String(args["user_id"]);
  if (!world.state.accounts.has(userId)) return no("user_not_found");
  const old = world.state.homes.get(userId);
  if (args["hash"] !== undefined && old !== undefined && args["hash"] !== old.hash) return no("hash_conflict");
  const view = newView(world, args["view"] as Args);
  world.state.homes.set(userId, view);
  world.changed();
  return { ok: true, view };
};

/** History comes newest first, a thread oldest first; both page by page, from `oldest` on. */
const history: Method = (world, args) => {
  const place = placeOf(world, args["channel"]);
  if (isAnswer(place)) return place;
  const limit = Math.min(999, Number(args["limit"] ?? 100));
  const thread = args["ts"];
  const all = (world.state.messages.get(place.id) ?? []).filter((m) => m.ephemeralFor === undefined);
  const here = thread === undefined ? all.filter((m) => m.thread_ts === undefined) : threadOf(all, thread);
  const wanted = here.filter((m) => Number(m.ts) >= Number(args["oldest"] ?? 0));
  const from = Number(args["cursor"] ?? 0);
  const withMetadata = String(args["include_all_metadata"]) === "true";
  const messages = (thread === undefined ? wanted.toReversed() : wanted)
    .slice(from, from + limit)
    .map(({ metadata, ...message }) => ({
      type: "message",
      ...message,
      ...(withMetadata && metadata !== undefined ? { metadata } : {}),
    }));
  const more = wanted.length > from + limit;
  return {
    ok: true,
    messages,
    has_more: more,
    ...(more ? { response_metadata: { next_cursor: String(from + limit) } } : {}),
  };
};
const threadOf = (all: readonly Message[], thread: unknown): Message[] =>
  all.filter((m) => m.ts === thread || m.thread_ts === thread);

export const METHODS: Record<string, Method> = {
  "api.test": () => ({ ok: true }),
  "auth.test": () => ({
    ok: true,
    url: "https://northwind.slack.example/",
    team: TEAM.name,
    team_id: TEAM.id,
    user: "countersign",
    user_id: BOT.userId,
    bot_id: BOT.botId,
    is_enterprise_install: false,
  }),
  "chat.postMessage": postMessage,
  "chat.update": update,
  "chat.delete": remove,
  "chat.postEphemeral": postEphemeral,
  "views.open": openView,
  "views.push": pushView,
  "views.update": updateView,
  "views.publish": publishView,
  "users.info": userInfo,
  ...USERGROUP_METHODS,
  "conversations.history": history,
  "conversations.replies": history,
  "conversations.open": (world, args) => {
    const place = placeOf(world, String(args["users"] ?? "").split(",")[0]);
    return isAnswer(place) ? place : { ok: true, channel: { id: place.id } };
  },
  "conversations.info": (world, args) => {
    const channel = world.state.channels.get(String(args["channel"]));
    return channel === undefined
      ? no("channel_not_found")
      : {
          ok: true,
          channel: {
            id: channel.id,
            name: channel.name,
            is_member: channel.bot,
            is_archived: channel.archived ?? false,
            is_ext_shared: channel.shared ?? false,
          },
        };
  },
};
/** Methods that write; the journal keeps their calls. */
export const WRITES = new Set([
  "chat.postMessage",
  "chat.update",
  "chat.delete",
  "chat.postEphemeral",
  "views.open",
  "views.push",
  "views.update",
  "views.publish",
]);
