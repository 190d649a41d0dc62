import type { Message } from "../state.ts";
import { asTold } from "../wording.ts";
import { isAnswer, type Method, no, placeOf } from "./answers.ts";

/** `conversations.*`: what channels are, and what stands in them. */

/** History comes newest first, a thread oldest first; both page by page, from `oldest` to `latest`. */
const history: Method = (world, args) => {
  const place = placeOf(world, args["channel"]);
  if (isAnswer(place)) return place;
  const limit = Math.min(999, Number(args["limit"] ?? 100));
  const thread = args["ts"];
  const all = (world.state.messages.get(place.id) ?? []).filter((m) => m.ephemeralFor === undefined);
  const here = thread === undefined ? all.filter((m) => m.thread_ts === undefined) : threadOf(all, thread);
  const { oldest = 0, latest = Number.POSITIVE_INFINITY } = args;
  const wanted = here.filter((m) => Number(m.ts) >= Number(oldest) && Number(m.ts) <= Number(latest));
  const from = Number(args["cursor"] ?? 0);
  const withMetadata = String(args["include_all_metadata"]) === "true";
  const messages = (thread === undefined ? wanted.toReversed() : wanted)
    .slice(from, from + limit)
    .map(({ metadata, ...message }) => ({
      type: "message",
      ...asTold(message),
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

const open: Method = (world, args) => {
  const place = placeOf(world, String(args["users"] ?? "").split(",")[0]);
  return isAnswer(place) ? place : { ok: true, channel: { id: place.id } };
};

const info: Method = (world, args) => {
  const channel = world.state.channels.get(String(args["channel"]));
  if (channel === undefined) return no("channel_not_found");
  const { id, name, bot, archived = false, shared = false, private: isPrivate = false } = channel;
  const kind = { is_channel: !isPrivate, is_private: isPrivate, is_archived: archived, is_ext_shared: shared };
  return { ok: true, channel: { id, name, is_member: bot, ...kind } };
};

export const CONVERSATION_METHODS: Record<string, Method> = {
  "conversations.history": history,
  "conversations.replies": history,
  "conversations.open": open,
  "conversations.info": info,
};
