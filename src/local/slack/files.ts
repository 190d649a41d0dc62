import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { readBytes } from "./read-body.ts";
import type { State } from "./state.ts";

/**
 * Files as Slack takes them: an address is asked for, the bytes are put there once, and only then are they shared. Kept while it
 * runs, the newest only.
 */
export type StoredFile = {
  id: string;
  name: string;
  title: string;
  size: number;
  alt: string;
  /** What nobody can guess: part of the addresses for putting it there and for looking at it. */
  secret: string;
  bytes: Buffer | null;
  shared: boolean;
};

/** Slack takes a gigabyte; a laptop's memory should not have to. */
export const FILE_BYTES_MAX = 8 * 1024 * 1024;
const FILES_MAX = 100;
const ALL_BYTES_MAX = 64 * 1024 * 1024;

export function keepFile(state: State, wanted: Pick<StoredFile, "id" | "name" | "size" | "alt">): StoredFile {
  const file: StoredFile = {
    ...wanted,
    title: wanted.name,
    secret: randomBytes(18).toString("base64url"),
    bytes: null,
    shared: false,
  };
  state.files.set(file.id, file);
  const kept = () => [...state.files.values()];
  const held = () => kept().reduce((sum, one) => sum + one.size, 0);
  for (const old of kept())
    if (old.id !== file.id && (state.files.size > FILES_MAX || held() > ALL_BYTES_MAX)) state.files.delete(old.id);
  return file;
}

export const addressOf = (selfUrl: string, file: StoredFile): string =>
  `${selfUrl}/files/${file.id}/${file.secret}/${encodeURIComponent(file.name)}`;

/** Raw bytes or a form with one file in it, of exactly the length that was announced. */
export async function takeUpload(
  state: State,
  secret: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const answer = (status: number, text: string) => response.writeHead(status, { "content-type": "text/plain" }).end(text);
  const file = [...state.files.values()].find((one) => one.secret === secret);
  if (file === undefined) return void answer(404, "no such upload");
  const body = await readBytes(request, FILE_BYTES_MAX + 64 * 1024);
  const type = request.headers["content-type"] ?? "";
  const bytes = type.startsWith("multipart/form-data") ? await fileIn(body, type) : body;
  if (file.bytes !== null) return void answer(409, "this address was used");
  if (bytes === null || bytes.length !== file.size) return void answer(400, `expected ${file.size} bytes`);
  file.bytes = bytes;
  answer(200, `OK - ${bytes.length}`);
}

async function fileIn(body: Buffer, type: string): Promise<Buffer | null> {
  try {
    const form = await new Response(new Uint8Array(body), { headers: { "content-type": type } }).formData();
    const file = [...form.values()].find((one) => typeof one !== "string");
    return file === undefined ? null : Buffer.from(await (file as Blob).arrayBuffer());
  } catch {
    return null;
  }
}

const MAGIC: readonly [string, string][] = [
  ["89504e470d0a1a0a", "image/png"],
  ["ffd8ff", "image/jpeg"],
  ["474946383", "image/gif"],
];

/** What the bytes themselves say, whatever the name claims; only pictures that are just pixels are shown in the page. */
export function typeOf(bytes: Buffer | null): string {
  const start = bytes?.subarray(0, 8).toString("hex") ?? "";
  return MAGIC.find(([magic]) => start.startsWith(magic))?.[1] ?? "application/octet-stream";
}

/** Gives a file out: a picture to look at, everything else to keep. */
export function sendStored(state: State, id: string, secret: string, response: ServerResponse): boolean {
  const file = state.files.get(id);
  if (file?.bytes == null || file.secret !== secret) return false;
  const type = typeOf(file.bytes);
  const how = type.startsWith("image/") ? "inline" : "attachment";
  response
    .writeHead(200, {
      "content-type": type,
      "content-disposition": `${how}; filename*=UTF-8''${encodeURIComponent(file.name)}`,
      "cache-control": "no-store",
      "content-security-policy": "default-src 'none'; sandbox",
      "cross-origin-resource-policy": "same-origin",
      "x-content-type-options": "nosniff",
    })
    .end(file.bytes);
  return true;
}
