import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Server } from "node:net";
import type { CallbackPost } from "../../src/engine/delivery/callbacks.ts";

/** An agent's end of a callback, and what is sent to it. */
export const SECRET = `whsec_${Buffer.from("0123456789abcdef0123456789abcdef").toString("base64")}`;
export const SENT_AT = new Date("2026-11-21T12:00:00Z");

export const callbackTo = (url: string, more: Partial<CallbackPost> = {}): CallbackPost => ({
  url,
  secrets: [SECRET],
  webhookId: "dlv_1",
  timestamp: SENT_AT,
  body: '{"type":"escalation.decided"}',
  allowedHosts: ["127.0.0.1:*", "localhost:*", "agent.example", "*.agent.example"],
  traceparent: null,
  ...more,
});

export type Stops = (() => Promise<unknown>)[];

/** Listens on a free loopback port until the test's end. */
export async function listen(server: Server, stops: Stops): Promise<number> {
  const sockets = new Set<{ destroy(): void }>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stops.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

export function serve(
  answer: (request: IncomingMessage, response: ServerResponse, body: string) => void,
  stops: Stops,
): Promise<number> {
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => answer(request, response, body));
  });
  return listen(server, stops);
}
