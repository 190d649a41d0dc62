import swagger from "@fastify/swagger";
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors, validatorCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import { newRequestId } from "../engine/ids.ts";
import { isBusy, isDatabaseAway, isNotReady } from "../engine/loops/database-away.ts";
import { isUnsure } from "../engine/loops/patience.ts";
import { readTraceparent, traceNowMs } from "../engine/trace.ts";
import { say } from "../words/en.ts";
import { closeAfterRefusal } from "./authenticate.ts";
import { completeDocument } from "./document.ts";
import { describeRoute } from "./openapi.ts";
import { operatorRoutes } from "./operator-routes.ts";
import { refuseForeignHosts } from "./own-host.ts";
import type { HttpParts } from "./parts.ts";
import { type Problem, ProblemError, problemBody, STATUSES } from "./problem.ts";
import { escalationRoutes } from "./routes.ts";
import { BODY_BYTES_MAX, BODY_WITH_MEDIA_BYTES_MAX, parseStrictJson } from "./strict-json.ts";

/** The HTTP edge: agents and operators. One server; the Slack edge mounts its own route on it. */
export async function createHttpServer(parts: HttpParts): Promise<FastifyInstance> {
  const app = fastify({
    bodyLimit: BODY_WITH_MEDIA_BYTES_MAX,
    genReqId: newRequestId,
    requestTimeout: 30_000,
    connectionTimeout: 0,
    // Whoever trickles a head is cut off before whoever trickles a body.
    http: { headersTimeout: 15_000, connectionsCheckingInterval: 5000 },
    routerOptions: { ignoreTrailingSlash: true },
    // An address that the router itself cannot read, or that is longer than any id.
    frameworkErrors: (_error, request, reply) =>
      sendProblem(parts, { code: "not-found", detail: say.refusedCalls.nothingHere }, request, reply),
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  // What is answered is ours and typed; the tests hold every answer against its schema.
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  if (parts.local) refuseForeignHosts(app);
  acceptStrictJsonOnly(app);
  app.setErrorHandler((error, request, reply) => {
    closeAfterRefusal(error, reply);
    return sendProblem(parts, problemOf(error, parts), request, reply);
  });
  app.setNotFoundHandler((request, reply) => {
    const detail = say.refusedCalls.noSuchRoute(`${request.method} ${request.url.split("?")[0]}`);
    return sendProblem(parts, { code: "not-found", detail }, request, reply);
  });
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Countersign",
        version: "1",
        description: say.api.product,
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
    const parsed = parseStrictJson(body as Buffer, { bytesMax: BODY_WITH_MEDIA_BYTES_MAX });
    if (parsed.ok && body.length > BODY_BYTES_MAX && !hasMedia(parsed.value))
      return done(new ProblemError({ code: "payload-too-large", detail: say.refusedCalls.bodyTooLarge }));
    if (parsed.ok) return done(null, parsed.value);
    const errors = parsed.code === "invalid-request" ? { errors: [{ pointer: parsed.pointer, detail: parsed.detail }] } : {};
    done(new ProblemError({ code: parsed.code, detail: parsed.detail, ...errors }));
  });
  app.addHook("onRequest", async (request) => {
    const encoding = request.headers["content-encoding"];
    if (encoding !== undefined && encoding !== "identity") {
      throw new ProblemError({
        code: "unsupported-media-type",
        detail: say.refusedCalls.encodingRefused(encoding),
      });
    }
  });
}

/** Only pictures and files make a body this large, and they are bounded by themselves. */
function hasMedia(value: unknown): boolean {
  const { brief } = (value ?? {}) as { brief?: { evidence?: unknown } | null };
  const evidence = brief?.evidence;
  return Array.isArray(evidence) && evidence.some((one) => typeof one === "object" && one !== null && "media" in one);
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
      detail: one.message ?? say.refusedCalls.notAcceptable,
    }));
    const first = errors[0];
    return {
      code: "invalid-request",
      detail: first === undefined ? say.refusedCalls.requestNotAcceptable : `${first.pointer}: ${first.detail}`,
      errors,
    };
  }
  const { statusCode, code } = error as FastifyError;
  if (statusCode === 413)
    return {
      code: "payload-too-large",
      detail: say.refusedCalls.bodyTooLarge,
    };
  if (statusCode === 415) return { code: "unsupported-media-type", detail: say.refusedCalls.sendJson };
  if (code === "FST_ERR_CTP_EMPTY_JSON_BODY" || statusCode === 400)
    return { code: "malformed-json", detail: say.refusedCalls.notJsonOverHttp };
  // Who floods is told so; a line for each of theirs would fill the disk.
  if (isBusy(error)) parts.log.debug({ err: error }, "a request was one too many");
  else parts.log.error({ err: error }, "a request failed");
  if (isUnsure(error)) return { code: "unavailable", detail: say.refusedCalls.nobodyKnows, retryAfterS: 5 };
  if (isNotReady(error)) return { code: "unavailable", detail: say.refusedCalls.notReady, retryAfterS: 5 };
  if (isBusy(error)) return { code: "unavailable", detail: say.refusedCalls.notBegun, retryAfterS: 2 };
  return isDatabaseAway(error) ? { code: "unavailable", detail: say.refusedCalls.databaseAway, retryAfterS: 2 } : null;
}

function sendProblem(parts: HttpParts, problem: Problem | null, request: FastifyRequest, reply: FastifyReply) {
  reply.type("application/problem+json");
  if (problem === null) {
    parts.log.error({ request: request.id }, "answered 500");
    return reply.code(500).serializer(JSON.stringify).send({
      type: "urn:countersign:problem:internal",
      title: say.refusedCalls.titles.internal,
      status: 500,
      detail: say.refusedCalls.internal,
      instance: request.id,
    });
  }
  if (problem.retryAfterS !== undefined) reply.header("Retry-After", String(problem.retryAfterS));
  if (problem.code === "unauthorized") reply.header("WWW-Authenticate", "Bearer");
  return reply.code(STATUSES[problem.code]).serializer(JSON.stringify).send(problemBody(problem, request.id));
}
