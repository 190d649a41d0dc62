import { timingSafeEqual } from "node:crypto";
import type { FastifyPluginAsync, FastifyRequest } from "fastify";
import { say } from "../words/en.ts";
import { OWN, VIA_LOOPBACK } from "./own-host.ts";
import type { HttpParts } from "./parts.ts";
import { fail } from "./problem.ts";

/** What operators ask: alive, ready, numbers, the contract. */
export function operatorRoutes(parts: HttpParts): FastifyPluginAsync {
  return async (app) => {
    const hidden = { schema: { hide: true } };
    app.get("/healthz", hidden, async () => ({ status: "ok" }));
    app.get("/readyz", hidden, async (request, reply) => {
      // The sentences name channels and queues: they are for operators, the status is for whoever balances the load.
      const seen = hasToken(parts, request) || isOnThisMachine(request);
      const [missing, notes] = await Promise.all([parts.readiness(), seen ? notesOf(parts) : []]);
      const status = missing.length === 0 ? "ready" : "not ready";
      return reply.code(missing.length === 0 ? 200 : 503).send(seen ? { status, missing, notes } : { status });
    });
    app.get("/metrics", hidden, async (request, reply) => {
      checkMetricsAccess(parts, request);
      return reply.type(parts.metrics.contentType).send(await parts.metrics.text());
    });
    app.get("/openapi.json", hidden, async () => app.swagger());
  };
}

/** A token that is set is always demanded: behind a proxy on the same machine every stranger comes over loopback. */
function checkMetricsAccess(parts: HttpParts, request: FastifyRequest): void {
  const { token, loopback } = parts.metricsAccess;
  if (token !== null) {
    if (!hasToken(parts, request)) fail("unauthorized", say.refusedCalls.sendMetricsToken);
    return;
  }
  if (!loopback || !isOnThisMachine(request)) fail("not-found", say.refusedCalls.setMetricsToken);
}

function hasToken({ metricsAccess: { token } }: HttpParts, request: FastifyRequest): boolean {
  if (token === null) return false;
  const given = Buffer.from((request.headers.authorization ?? "").replace(/^Bearer /i, ""));
  const wanted = Buffer.from(token);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

const FORWARDING = ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"] as const;

/** Sent from here to here, by nobody in between. */
function isOnThisMachine(request: FastifyRequest): boolean {
  if (!VIA_LOOPBACK.test(request.socket.remoteAddress ?? "") || !OWN.test(request.headers.host ?? "")) return false;
  return FORWARDING.every((name) => request.headers[name] === undefined);
}

/** Without a database there is enough to say already. */
const notesOf = (parts: HttpParts): Promise<string[]> => parts.notes().catch(() => []);
