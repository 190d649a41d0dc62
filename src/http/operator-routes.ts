import { timingSafeEqual } from "node:crypto";
import type { FastifyPluginAsync, FastifyRequest } from "fastify";
import type { HttpParts } from "./parts.ts";
import { fail } from "./problem.ts";

/** What operators ask: alive, ready, numbers, the contract. */
export function operatorRoutes(parts: HttpParts): FastifyPluginAsync {
  return async (app) => {
    const hidden = { schema: { hide: true } };
    app.get("/healthz", hidden, async () => ({ status: "ok" }));
    app.get("/readyz", hidden, async (_request, reply) => {
      const missing = await parts.readiness();
      return reply.code(missing.length === 0 ? 200 : 503).send({ status: missing.length === 0 ? "ready" : "not ready", missing });
    });
    app.get("/metrics", hidden, async (request, reply) => {
      checkMetricsAccess(parts, request);
      return reply.type(parts.metrics.contentType).send(await parts.metrics.text());
    });
    app.get("/openapi.json", hidden, async () => app.swagger());
  };
}

function checkMetricsAccess(parts: HttpParts, request: FastifyRequest): void {
  const access = parts.metricsAccess;
  if (access.kind === "open") return;
  if (access.kind === "closed") fail("not-found", "Set METRICS_TOKEN to have metrics on this interface.");
  const given = Buffer.from((request.headers.authorization ?? "").replace(/^Bearer /i, ""));
  const wanted = Buffer.from(access.token);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted))
    fail("unauthorized", "Send the METRICS_TOKEN as a bearer token.");
}
