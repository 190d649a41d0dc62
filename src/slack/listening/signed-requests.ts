import { createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { parse as parseForm } from "node:querystring";
import { LIMITS } from "../../domain/base/limits.ts";

/**
 * Slack's requests over HTTP: read once, verified once over the bytes as they came, parsed once. What they ask is done by whoever
 * listens, and whatever becomes of it, the request is answered.
 */
export type Body = Record<string, unknown>;
/** Answers the request: with nothing, in words or with JSON. Only the first one counts. */
export type Ack = (answer?: unknown) => Promise<void>;
export type Listener = (body: Body, ack: Ack) => Promise<void>;

/** Slack's own: one that is older, or from the future, would stay replayable for as long. */
const TIMESTAMP_SKEW_S_MAX = 300;

type Log = { error(facts: object, message: string): void };

export function createRequests(signingSecret: string, listener: Listener, log: Log) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await read(request, signingSecret);
    if (typeof body === "number") return end(response, body);
    if (body["type"] === "url_verification") return answer(response, { challenge: body["challenge"] });
    try {
      await listener(body, async (said) => answer(response, said));
    } catch (error) {
      log.error({ err: error }, "a Slack listener failed");
      end(response, 500);
    }
    // Nobody has asked Slack for what nobody listens to.
    end(response, 404);
  };
}

/** What was sent, where it is Slack that sent it; else the status that says what is wrong. */
async function read(request: IncomingMessage, signingSecret: string): Promise<Body | 200 | 400 | 401 | 413> {
  if (!isOfNow(request)) return 401;
  const raw = await readBytes(request).catch(() => "cut off" as const);
  if (raw === "cut off") return 400;
  if (raw === null) return 413;
  if (!isSigned(request, raw, signingSecret)) return isCertificateCheck(request, raw) ? 200 : 401;
  return parse(request, raw) ?? 400;
}

/** The machine's clock: Slack's signature is about when the request was sent, not about our deadlines. */
function isOfNow({ headers }: IncomingMessage): boolean {
  const at = Number(headers["x-slack-request-timestamp"]);
  return Math.abs((performance.timeOrigin + performance.now()) / 1000 - at) <= TIMESTAMP_SKEW_S_MAX;
}

/** Null when it is longer than anything Slack sends. */
async function readBytes(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Destroyed, it could not be answered any more.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > LIMITS.slackRequest.value) return null;
    chunks.push(chunk);
  }
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
}

/** An empty secret signs nothing: anybody could. */
function isSigned({ headers }: IncomingMessage, raw: Buffer, secret: string): boolean {
  const [, hex] = /^v0=([0-9a-f]{64})$/.exec(String(headers["x-slack-signature"])) ?? [];
  if (hex === undefined || secret === "") return false;
  const ours = createHmac("sha256", secret).update(`v0:${headers["x-slack-request-timestamp"]}:`).update(raw).digest();
  return timingSafeEqual(ours, Buffer.from(hex, "hex"));
}

const FORM = "application/x-www-form-urlencoded";
const isForm = ({ headers }: IncomingMessage): boolean => headers["content-type"]?.startsWith(FORM) === true;

/** Slack asks now and then, without signing, whether there is a certificate. Nothing else of such a request is read. */
const isCertificateCheck = (request: IncomingMessage, raw: Buffer): boolean =>
  isForm(request) && parseForm(raw.toString())["ssl_check"] === "1";

function parse(request: IncomingMessage, raw: Buffer): Body | null {
  const text = raw.toString();
  try {
    const form = isForm(request) ? parseForm(text) : null;
    const payload = form === null ? text : form["payload"];
    const body: unknown = typeof payload === "string" ? JSON.parse(payload) : form;
    return typeof body === "object" && body !== null && !Array.isArray(body) ? (body as Body) : null;
  } catch {
    return null;
  }
}

function answer(response: ServerResponse, said: unknown): void {
  if (response.headersSent) return;
  if (said === undefined || said === "") end(response, 200);
  else if (typeof said === "string") response.writeHead(200).end(said);
  else response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(said));
}

function end(response: ServerResponse, status: number): void {
  if (response.headersSent) return;
  // What is left of one that is too long is not waited for.
  response.writeHead(status, status === 413 ? { Connection: "close" } : {}).end();
}
