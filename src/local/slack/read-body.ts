import type { IncomingMessage } from "node:http";

const BODY_MAX = 1024 * 1024;

/** A whole request body as text; at most 1 MiB. */
export async function readBody(request: IncomingMessage): Promise<string> {
  return (await readBytes(request, BODY_MAX)).toString("utf8");
}

export async function readBytes(request: IncomingMessage, max: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > max) throw new Error("body too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
