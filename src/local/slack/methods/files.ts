import { addressOf, FILE_BYTES_MAX, keepFile, type StoredFile, typeOf } from "../files.ts";
import { nextId } from "../state.ts";
import { BOT } from "../workspace.ts";
import { type Answer, type Args, isAnswer, type Method, no, placeOf, type World } from "./answers.ts";
import { storeMessage } from "./messages.ts";

/** `files.*`: an upload in three steps. */
const SNIPPET_BYTES_MAX = 1024 * 1024;
const ALT_MAX = 1000;

const getUploadUrl: Method = (world, args) => {
  const { filename: name, length } = args;
  const size = Number(length);
  if (typeof name !== "string" || name === "" || !Number.isInteger(size) || size < 1) return no("missing_argument");
  if (size > FILE_BYTES_MAX) return no("file_upload_size_restricted");
  if (args["snippet_type"] !== undefined && size > SNIPPET_BYTES_MAX) return no("snippet_too_large");
  // The documentation says alt_txt, the SDK sends alt_text.
  const alt = String(args["alt_txt"] ?? args["alt_text"] ?? "");
  if (alt.length > ALT_MAX) return no("alt_txt_too_large");
  const file = keepFile(world.state, { id: nextId(world.state, "F"), name, size, alt });
  return { ok: true, upload_url: `${world.selfUrl()}/upload/v1/${file.secret}`, file_id: file.id };
};

/** Shares what was uploaded; what was not, or was shared before, is not found. */
const completeUpload: Method = (world, args) => {
  const wanted = listed(args["files"]);
  if (wanted === null) return no("invalid_arguments", ["[ERROR] files must be a list of ids, with titles where wanted"]);
  const files = wanted.map(({ id }) => world.state.files.get(id));
  if (!files.every((file) => file !== undefined && file.bytes !== null && !file.shared)) return no("file_not_found");
  const places = placesOf(world, args);
  if (isAnswer(places)) return places;
  const found = files as StoredFile[];
  for (const place of places.ids) {
    const told = storeMessage(
      world,
      { id: place },
      withFiles(
        args,
        found.map((file, i) => described(world, file, wanted[i]?.title)),
      ),
    );
    if (!told.ok) return told;
  }
  for (const [i, file] of found.entries()) Object.assign(file, { shared: true, title: wanted[i]?.title ?? file.title });
  return { ok: true, files: found.map((file) => described(world, file)) };
};

function listed(given: unknown): { id: string; title?: string }[] | null {
  const list = Array.isArray(given) ? given : null;
  const fine = list?.every((one) => typeof one?.id === "string" && ["undefined", "string"].includes(typeof one.title));
  const twice = new Set(list?.map((one) => one?.id)).size !== list?.length;
  return list === null || list.length === 0 || fine !== true || twice ? null : (list as { id: string; title?: string }[]);
}

/** Nowhere where no channel is named: the file stays private then. People are no channels, except in `channels`. */
function placesOf(world: World, args: Args): { id: string; ids: string[] } | Answer {
  const { channel_id: one, channels: many, thread_ts: thread } = args;
  if (one !== undefined && many !== undefined) return no("invalid_arguments", ["[ERROR] give channel_id or channels, not both"]);
  const wanted =
    one === undefined
      ? String(many ?? "")
          .split(",")
          .filter((id) => id !== "")
      : [String(one)];
  if (thread !== undefined && wanted.length !== 1) return no("invalid_arguments", ["[ERROR] a thread needs exactly one channel"]);
  if (one !== undefined && /^[UW]/.test(String(one))) return no("channel_not_found");
  const ids: string[] = [];
  for (const id of wanted) {
    const place = placeOf(world, id);
    if (isAnswer(place)) return place;
    ids.push(place.id);
  }
  return { id: ids[0] ?? "", ids };
}

/** Words go before blocks: with both, the blocks are not looked at. */
function withFiles(args: Args, files: object[]): Args {
  const comment = typeof args["initial_comment"] === "string" && args["initial_comment"] !== "" ? args["initial_comment"] : null;
  return { thread_ts: args["thread_ts"], text: comment ?? "", blocks: comment === null ? (args["blocks"] ?? []) : [], files };
}

function described(world: World, file: StoredFile, title = file.title): object {
  return {
    id: file.id,
    name: file.name,
    title,
    mimetype: typeOf(file.bytes),
    size: file.size,
    alt_txt: file.alt,
    user: BOT.userId,
    mode: "hosted",
    url_private: addressOf(world.selfUrl(), file),
  };
}

export const FILE_METHODS: Record<string, Method> = {
  "files.getUploadURLExternal": getUploadUrl,
  "files.completeUploadExternal": completeUpload,
};
