import { type Message, nextTs } from "../state.ts";
import { BOT, TEAM } from "../workspace.ts";
import { type Answer, type Args, bodyOf, isAnswer, type Method, no, placeOf, type World } from "./answers.ts";

/** `chat.*`: messages, their changes, and what only one person sees. */
const postMessage: Method = (world, args) => {
  const place = placeOf(world, args["channel"]);
  return isAnswer(place) ? place : storeMessage(world, place, args);
};

export function storeMessage(world: World, place: { id: string }, args: Args): Answer {
  const body = bodyOf(world, args);
  if ("ok" in body) return body;
  const list = world.state.messages.get(place.id) ?? [];
  const thread = args["thread_ts"];
  if (thread !== undefined && !list.some((message) => message.ts === thread)) return no("thread_not_found");
  const ts = nextTs(world.state, world.shown);
  const message: Message = { ts, user: BOT.userId, text: body.text, blocks: body.blocks };
  if (Array.isArray(args["files"])) message.files = args["files"] as object[];
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
  const body = bodyOf(world, args);
  if ("ok" in body) return body;
  if (body.text.length > 4000) return no("msg_too_long");
  const message = world.state.messages.get(place.id)?.find((one) => one.ts === args["ts"]);
  if (message === undefined || message.ephemeralFor !== undefined) return no("message_not_found");
  Object.assign(message, { text: body.text, blocks: body.blocks, edited: true });
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
  const body = bodyOf(world, args);
  if ("ok" in body) return body;
  const ts = nextTs(world.state, world.shown);
  const message: Message = {
    ts,
    user: BOT.userId,
    text: body.text,
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

/** The address of a message, as a link in a browser has it. */
const getPermalink: Method = (world, args) => {
  const place = placeOf(world, args["channel"]);
  if (isAnswer(place)) return place;
  const ts = String(args["message_ts"]);
  const message = world.state.messages.get(place.id)?.find((one) => one.ts === ts && one.ephemeralFor === undefined);
  if (message === undefined) return no("message_not_found");
  const thread = message.thread_ts === undefined ? "" : `?thread_ts=${message.thread_ts}&cid=${place.id}`;
  const permalink = `https://${TEAM.domain}.slack.com/archives/${place.id}/p${ts.replace(".", "")}${thread}`;
  return { ok: true, channel: place.id, permalink };
};

export const MESSAGE_METHODS: Record<string, Method> = {
  "chat.postMessage": postMessage,
  "chat.update": update,
  "chat.delete": remove,
  "chat.postEphemeral": postEphemeral,
  "chat.getPermalink": getPermalink,
};
