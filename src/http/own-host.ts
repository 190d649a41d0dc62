import type { FastifyInstance } from "fastify";
import { say } from "../words/en.ts";

/** A Host header that names this machine. */
export const OWN = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/;
export const VIA_LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;

/**
 * On a laptop, what comes over loopback must have been sent to this machine by name. A web page whose domain suddenly resolves to
 * 127.0.0.1 would otherwise talk to the bot in somebody's browser; it still names its own domain.
 */
export function refuseForeignHosts(app: FastifyInstance): void {
  app.addHook("onRequest", async (request, reply) => {
    const viaLoopback = VIA_LOOPBACK.test(request.socket.localAddress ?? "");
    if (!viaLoopback || OWN.test(request.headers.host ?? "")) return;
    return reply.code(421).send(say.refusedCalls.ownHostOnly);
  });
}
