import { createHash, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { LocalSlack } from "../../src/local/slack/server.ts";

/**
 * Socket Mode before the local Slack: its methods answer here as well, `apps.connections.open` hands out a socket, and what people
 * do goes to the bot through that, and its answers back.
 */
export type SocketSlack = {
  apiUrl: string;
  /** Sockets opened so far. */
  opened(): number;
  /** Slack answers no `apps.connections.open`. */
  refuse(yes: boolean): void;
  /** The peer is gone without a word: nothing is answered any more, not even a close. */
  freeze(): void;
  /** Slack ends the socket, as it does every few hours. */
  hangUp(): void;
  close(): Promise<void>;
};

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

export async function startSocketSlack(local: LocalSlack): Promise<SocketSlack> {
  const acks = new Map<string, (payload: unknown) => void>();
  const sockets = new Set<Duplex>();
  const state = { opened: 0, refuses: false, frozen: false };
  const port = () => (server.address() as AddressInfo).port;

  const passOn = async (request: IncomingMessage, body: Buffer): Promise<string> => {
    const form = new URLSearchParams(body.toString());
    const isJson = request.headers["content-type"]?.startsWith("application/json") === true;
    const payload = isJson ? JSON.parse(body.toString()) : form.get("payload");
    const type = isJson ? "events_api" : payload === null ? "slash_commands" : "interactive";
    const envelope = {
      envelope_id: randomUUID(),
      type,
      accepts_response_payload: !isJson,
      payload: isJson ? payload : payload === null ? Object.fromEntries(form) : JSON.parse(payload),
    };
    const answered = new Promise<unknown>((resolve) => acks.set(envelope.envelope_id, resolve));
    const socket = [...sockets].at(-1);
    if (socket === undefined) throw new Error("no socket is open");
    socket.write(frame(TEXT, Buffer.from(JSON.stringify(envelope))));
    const answer = JSON.stringify(await answered);
    return answer === "{}" ? "" : answer;
  };

  const server = createServer((request, response) => {
    const answer = async (): Promise<[number, string]> => {
      const body = await bodyOf(request);
      if (request.url === "/bot") return [200, await passOn(request, body)];
      if (request.url !== "/api/apps.connections.open") return proxy(local, request, body);
      if (state.refuses) return [200, JSON.stringify({ ok: false, error: "internal_error" })];
      return [200, JSON.stringify({ ok: true, url: `ws://127.0.0.1:${port()}/link` })];
    };
    answer().then(
      ([status, body]) => end(response, status, body),
      (error: unknown) => end(response, 500, String(error)),
    );
  });
  server.on("upgrade", (request, socket: Duplex) => {
    state.opened += 1;
    state.frozen = false;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    const accept = createHash("sha1").update(`${request.headers["sec-websocket-key"]}${GUID}`).digest("base64");
    const head = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"];
    socket.write(`${[...head, `Sec-WebSocket-Accept: ${accept}`].join("\r\n")}\r\n\r\n`);
    socket.write(frame(TEXT, Buffer.from(JSON.stringify({ type: "hello", num_connections: 1 }))));
    readFrames(socket, (opcode, data) => {
      if (state.frozen) return;
      if (opcode === PING) socket.write(frame(PONG, data));
      if (opcode === CLOSE) socket.end(frame(CLOSE, data));
      if (opcode !== TEXT) return;
      const { envelope_id, payload } = JSON.parse(data.toString()) as { envelope_id: string; payload: unknown };
      acks.get(envelope_id)?.(payload);
      acks.delete(envelope_id);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  local.setBotUrl(`http://127.0.0.1:${port()}/bot`);
  return {
    apiUrl: `http://127.0.0.1:${port()}/api/`,
    opened: () => state.opened,
    refuse: (yes) => {
      state.refuses = yes;
    },
    freeze: () => {
      state.frozen = true;
    },
    hangUp: () => {
      for (const socket of sockets) socket.write(frame(TEXT, Buffer.from('{"type":"disconnect","reason":"refresh_requested"}')));
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function proxy(local: LocalSlack, request: IncomingMessage, body: Buffer): Promise<[number, string]> {
  const { authorization = "", "content-type": contentType = "application/json" } = request.headers;
  const answer = await fetch(`${local.url}${request.url}`, {
    method: request.method ?? "POST",
    headers: { authorization, "content-type": contentType },
    ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
  });
  return [answer.status, await answer.text()];
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function end(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, body === "" ? {} : { "content-type": "application/json" }).end(body);
}

/** RFC 6455, 5.2: one whole frame, as a server sends it. */
function frame(opcode: number, data: Buffer): Buffer {
  const long = data.length > 125;
  const head = Buffer.alloc(long ? 10 : 2);
  head[0] = 0x80 | opcode;
  head[1] = long ? 127 : data.length;
  if (long) head.writeBigUInt64BE(BigInt(data.length), 2);
  return Buffer.concat([head, data]);
}

/** What a client sends is masked, and may come in pieces. */
function readFrames(socket: Duplex, onFrame: (opcode: number, data: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      if (rest.length < 2) return;
      const short = (rest[1] ?? 0) & 0x7f;
      const at = short === 126 ? 4 : short === 127 ? 10 : 2;
      if (rest.length < at + 4) return;
      const length = short === 126 ? rest.readUInt16BE(2) : short === 127 ? Number(rest.readBigUInt64BE(2)) : short;
      if (rest.length < at + 4 + length) return;
      const mask = rest.subarray(at, at + 4);
      const data = Buffer.from(rest.subarray(at + 4, at + 4 + length).map((byte, i) => byte ^ (mask[i % 4] ?? 0)));
      const opcode = (rest[0] ?? 0) & 0x0f;
      rest = rest.subarray(at + 4 + length);
      onFrame(opcode, data);
    }
  });
}
