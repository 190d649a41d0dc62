import swagger from "@fastify/swagger";
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import {
  hasZodFastifySchemaValidationErrors,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from "fastify-type-provider-zod";
import { newRequestId } from "../engine/ids.ts";
import { isBusy, isDatabaseAway, isNotReady } from "../engine/loops/database-away.ts";
import { isUnsure } from "../engine/loops/patience.ts";
import { readTraceparent, traceNowMs } from "../engine/trace.ts";
import { closeAfterRefusal } from "./authenticate.ts";
import { completeDocument } from "./document.ts";
import { describeRoute } from "./openapi.ts";
import { operatorRoutes } from "./operator-routes.ts";
import { refuseForeignHosts } from "./own-host.ts";
import type { HttpParts } from "./parts.ts";
import { PROBLEMS, type Problem, ProblemError, problemBody } from "./problem.ts";
import { escalationRoutes } from "./routes.ts";
import { BODY_BYTES_MAX, parseStrictJson } from "./strict-json.ts";

/** The HTTP edge: agents and operators. One server; the Slack edge mounts its own route on it. */
export async function createHttpServer(parts: HttpParts): Promise<FastifyInstance> {
  const app = fastify({
    bodyLimit: BODY_BYTES_MAX,
    genReqId: newRequestId,
    requestTimeout: 30_000,
    connectionTimeout: 0,
    // Whoever trickles a head is cut off before whoever trickles a body.
    http: { headersTimeout: 15_000, connectionsCheckingInterval: 5000 },
    routerOptions: { ignoreTrailingSlash: true },
    // An address that the router itself cannot read, or that is longer than any id.
    frameworkErrors: (_error, request, reply) =>
      sendProblem(
        parts,
        { code: "not-found", detail: "There is nothing at this address. The API is described at /openapi.json." },
        request,
        reply,
      ),
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  if (parts.local) refuseForeignHosts(app);
  acceptStrictJsonOnly(app);
  app.setErrorHandler((error, request, reply) => {
    closeAfterRefusal(error, reply);
    return sendProblem(parts, problemOf(error, parts), request, reply);
  });
  app.setNotFoundHandler((request, reply) => {
    const detail = `There is no ${request.method} ${request.url.split("?")[0]}. The API is described at /openapi.json.`;
    return sendProblem(parts, { code: "not-found", detail }, request, reply);
  });
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Countersign",
        version: "1",
        description: "The handoff layer between AI agents and the people who answer for them.",
      },
      components: { securitySchemes: { agentKey: { type: "http", scheme: "bearer", bearerFormat: "csk_…" } } },
    },
    transform: describeRoute,
    transformObject: (made) => completeDocument("openapiObject" in made ? made.openapiObject : made.swaggerObject),
  });
  traceRequests(app, parts);
  await app.register(escalationRoutes(parts), { prefix: "/v1" });
  await app.register(operatorRoutes(parts));
  return app;
}

/** One span a request of an agent, under the trace it names; a long poll is as long as its wait. */
function traceRequests(app: FastifyInstance, parts: HttpParts): void {
  app.addHook("onResponse", async (request, reply) => {
    const route = request.routeOptions.url ?? "unknown";
    if (!route.startsWith("/v1/")) return;
    const endMs = traceNowMs();
    parts.trace.record({
      name: `${request.method} ${route}`,
      kind: "server",
      parent: readTraceparent(request.headers["traceparent"]),
      startMs: endMs - reply.elapsedTime,
      endMs,
      attributes: { "http.request.method": request.method, "http.route": route, "http.response.status_code": reply.statusCode },
      failed: reply.statusCode >= 500,
    });
  });
}

/** Bodies are parsed strictly or refused; nothing is guessed from a missing or foreign content type. */
function acceptStrictJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (_request, body, done) => {
    const parsed = parseStrictJson(body as Buffer);
    if (parsed.ok) return done(null, parsed.value);
    const errors = parsed.code === "invalid-request" ? { errors: [{ pointer: parsed.pointer, detail: parsed.detail }] } : {};
    done(new ProblemError({ code: parsed.code, detail: parsed.detail, ...errors }));
  });
  app.addHook("onRequest", async (request) => {
    const encoding = request.headers["content-encoding"];
    if (encoding !== undefined && encoding !== "identity") {
      throw new ProblemError({
        code: "unsupported-media-type",
        detail: `Send the body as it is: content-encoding ${encoding} is not accepted.`,
      });
    }
  });
}

/**
 * The one mapping from whatever was thrown to a problem. What is not expected is our fault: 503 when the database is away, else
 * 500.
 */
function problemOf(error: unknown, parts: HttpParts): Problem | null {
  if (error instanceof ProblemError) return error.problem;
  if (hasZodFastifySchemaValidationErrors(error)) {
    const errors = error.validation.map((one) => ({
      pointer: one.instancePath,
      detail: one.message ?? "not acceptable",
    }));
    const first = errors[0];
    return {
      code: "invalid-request",
      detail: first === undefined ? "The request is not acceptable." : `${first.pointer}: ${first.detail}`,
      errors,
    };
  }
  const { statusCode, code } = error as FastifyError;
  if (statusCode === 413)
    return {
      code: "payload-too-large",
      detail: "The body may have at most 512 KiB when something is submitted, and 64 KiB otherwise.",
    };
  if (statusCode === 415) return { code: "unsupported-media-type", detail: "Send the body as application/json." };
  if (code === "FST_ERR_CTP_EMPTY_JSON_BODY" || statusCode === 400)
    return { code: "malformed-json", detail: "The request could not be read as JSON over HTTP." };
  // Who floods is told so; a line for each of theirs would fill the disk.
  if (isBusy(error)) parts.log.debug({ err: error }, "a request was one too many");
  else parts.log.error({ err: error }, "a request failed");
  if (isUnsure(error)) return { code: "unavailable", detail: NOBODY_KNOWS, retryAfterS: 5 };
  if (isNotReady(error)) return { code: "unavailable", detail: NOT_READY, retryAfterS: 5 };
  if (isBusy(error)) return { code: "unavailable", detail: TOO_MUCH, retryAfterS: 2 };
  return isDatabaseAway(error)
    ? { code: "unavailable", detail: "The database cannot be reached right now; nothing was changed. Try again.", retryAfterS: 2 }
    : null;
}

const TOO_MUCH =
  "This could not be begun in time, so nothing was changed. Try again; where you have sent many at once, with fewer of them.";
const NOT_READY =
  "This server cannot read the escalation, or the configuration in force, so nothing was changed. Try again: another may.";
const NOBODY_KNOWS = [
  "The database did not say in time whether this was stored.",
  "Read the escalation to see, or send the same again if it carried an Idempotency-Key or a claim_id:",
  "with those nothing is done twice.",
].join(" ");

function sendProblem(parts: HttpParts, problem: Problem | null, request: FastifyRequest, reply: FastifyReply) {
  reply.type("application/problem+json");
  if (problem === null) {
    parts.log.error({ request: request.id }, "answered 500");
    return reply.code(500).serializer(JSON.stringify).send({
      type: "urn:countersign:problem:internal",
      title: "Something broke on our side",
      status: 500,
      detail: "The fault is logged under the instance id. Nothing was acknowledged, so trying again is safe.",
      instance: request.id,
    });
  }
  if (problem.retryAfterS !== undefined) reply.header("Retry-After", String(problem.retryAfterS));
  if (problem.code === "unauthorized") reply.header("WWW-Authenticate", "Bearer");
  return reply.code(PROBLEMS[problem.code].status).serializer(JSON.stringify).send(problemBody(problem, request.id));
}
