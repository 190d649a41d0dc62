import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { z } from "zod";
import { LIMITS } from "../domain/base/limits.ts";
import { EscalationRequest } from "../domain/shapes/request.ts";
import { readTraceparent } from "../engine/trace.ts";
import { say } from "../words/en.ts";
import { type AuthenticatedAgent, createGate, type Gate } from "./authenticate.ts";
import {
  command,
  evaluatePolicy,
  flagEscalation,
  getAudit,
  getEscalation,
  listEscalations,
  postEscalation,
  resume,
} from "./escalations.ts";
import { createHolds } from "./holds.ts";
import { problemAnswer } from "./openapi.ts";
import { parseBody } from "./parse.ts";
import type { HttpParts } from "./parts.ts";
import { type ProblemCode, ProblemError } from "./problem.ts";
import { createRateLimit } from "./rate-limit.ts";
import { acknowledge, addTaints, getSession } from "./sessions.ts";
import * as shapes from "./shapes.ts";

/**
 * The agent's routes as one table. Handlers check what they get themselves (one kind of problem answer); the schemas here also
 * make the OpenAPI document.
 */
type Route = {
  method: "GET" | "POST";
  url: string;
  summary: string;
  scope: "escalations" | "evaluate" | "oversight";
  takes: { body?: z.ZodType; querystring?: z.ZodType; params?: z.ZodType; headers?: z.ZodType };
  answers: z.ZodType;
  status: number;
  /** May be answered with 429. */
  limited?: true;
  work: (agent: AuthenticatedAgent, request: FastifyRequest, reply: FastifyReply) => unknown;
};

const params = shapes.IdParams;
const id = (request: FastifyRequest) => parseBody(params, request.params).id;

export function escalationRoutes(parts: HttpParts): FastifyPluginAsync {
  return async (plain) => {
    const app = plain.withTypeProvider<ZodTypeProvider>();
    app.setValidatorCompiler(() => (value) => ({ value }));
    const gate = createGate(parts);
    const admitted = new WeakMap<FastifyRequest, AuthenticatedAgent>();
    const faulty = createRateLimit(LIMITS.faultyBodies.value, 60_000);
    app.addHook("onError", async (request, _reply, error) => {
      const agent = admitted.get(request);
      if (agent !== undefined && error instanceof ProblemError && FAULTY.has(error.problem.code)) faulty.take(agent.id);
    });
    for (const route of [...reading(parts, gate), ...ofSessions(parts), ...acting(parts)]) {
      const response = { [route.status]: route.answers, ...problems(route) };
      app.route({
        method: route.method,
        url: route.url,
        schema: { summary: route.summary, security: [{ agentKey: [] }], ...route.takes, response },
        // What reports and claims is small; what is submitted may be large, and is not read after too many that were refused.
        ...(route.takes.body === EscalationRequest ? {} : { bodyLimit: SMALL_BODY_BYTES_MAX }),
        // Before the body: what a stranger sends is neither read nor parsed.
        onRequest: async (request) => {
          const agent = await gate.admit(request, route.scope);
          const retryAfterS = route.takes.body === EscalationRequest ? faulty.waitS(agent.id) : 0;
          if (retryAfterS > 0)
            throw new ProblemError({ code: "rate-limited", detail: say.refusedCalls.tooManyFaults, retryAfterS });
          admitted.set(request, agent);
        },
        handler: async (request, reply) => {
          const agent = admitted.get(request);
          if (agent === undefined) throw new Error("a request got past the gate without an agent");
          return route.work(agent, request, reply);
        },
      });
    }
  };
}

const SMALL_BODY_BYTES_MAX = 64 * 1024;
/** Refused for what they held: each had to be read and looked through. */
const FAULTY: ReadonlySet<ProblemCode> = new Set(["malformed-json", "payload-too-large", "invalid-request", "unsupported"]);

/** Those with headers of their own are named; every other error looks the same. */
const problems = ({ limited }: Route) => ({
  ...(limited ? { 429: problemAnswer(say.api.problems.tooMany, shapes.ProblemShape) } : {}),
  503: problemAnswer(say.api.problems.unavailable, shapes.ProblemShape),
  default: problemAnswer(say.api.problems.other, shapes.ProblemShape),
});

function reading(parts: HttpParts, gate: Gate): Route[] {
  const get = { method: "GET", scope: "escalations", status: 200 } as const;
  const allow = createRateLimit(LIMITS.evaluations.value, 60_000);
  const holds = createHolds();
  const reads = createHolds(LIMITS.reads.value, LIMITS.readsEach.value, say.refusedCalls.tooManyReads);
  const bounded = async <T>(agent: AuthenticatedAgent, read: () => Promise<T>): Promise<T> => {
    const giveBack = reads.take(agent.id);
    try {
      return await read();
    } finally {
      giveBack();
    }
  };
  return [
    {
      ...get,
      url: "/escalations",
      summary: say.api.summaries.list,
      takes: { querystring: shapes.ListQuery },
      answers: shapes.EscalationList,
      limited: true,
      work: (agent, request) => bounded(agent, () => listEscalations(parts, agent, parseBody(shapes.ListQuery, request.query))),
    },
    {
      ...get,
      url: "/escalations/:id",
      summary: say.api.summaries.read,
      takes: { params, querystring: shapes.GetQuery },
      answers: shapes.ApiEscalation,
      limited: true,
      work: (agent, request, reply) => {
        const { wait, since } = parseBody(shapes.GetQuery, request.query);
        return getEscalation(parts, agent, id(request), {
          waitS: wait,
          since,
          over: overWithConnection(reply),
          take: () => holds.take(agent.id),
          again: () => gate.admit(request, "escalations"),
        });
      },
    },
    {
      ...get,
      url: "/escalations/:id/audit",
      summary: say.api.summaries.audit,
      takes: { params },
      answers: shapes.AuditList,
      limited: true,
      work: (agent, request) => bounded(agent, () => getAudit(parts, agent, id(request))),
    },
    {
      method: "POST",
      scope: "evaluate",
      status: 200,
      limited: true,
      url: "/policy/evaluate",
      summary: say.api.summaries.evaluate,
      takes: { body: EscalationRequest },
      answers: shapes.Evaluated,
      work: (agent, request) => {
        const retryAfterS = allow.take(agent.id);
        const detail = say.refusedCalls.evaluationsPaced(LIMITS.evaluations.value);
        if (retryAfterS > 0) throw new ProblemError({ code: "rate-limited", detail, retryAfterS });
        return evaluatePolicy(parts, agent, request.body);
      },
    },
  ];
}

function ofSessions(parts: HttpParts): Route[] {
  const common = { scope: "escalations", status: 200, answers: shapes.Session, limited: true } as const;
  const takes = { params: shapes.SessionParams };
  const sessionId = (request: FastifyRequest) => parseBody(shapes.SessionParams, request.params).session_id;
  const reads = createHolds(LIMITS.reads.value, LIMITS.readsEach.value, say.refusedCalls.tooManyReads);
  const bounded = async <T>(agent: AuthenticatedAgent, work: () => Promise<T>): Promise<T> => {
    const giveBack = reads.take(agent.id);
    return work().finally(giveBack);
  };
  return [
    {
      ...common,
      method: "GET",
      url: "/sessions/:session_id",
      summary: say.api.summaries.session,
      takes,
      work: (agent, request) => bounded(agent, () => getSession(parts, agent, sessionId(request))),
    },
    {
      ...common,
      method: "POST",
      url: "/sessions/:session_id/taints",
      summary: say.api.summaries.taint,
      takes: { ...takes, body: shapes.AddedTaints },
      work: (agent, request) =>
        bounded(agent, () => addTaints(parts, agent, sessionId(request), parseBody(shapes.AddedTaints, request.body).taints)),
    },
    {
      ...common,
      method: "POST",
      url: "/sessions/:session_id/acknowledge",
      summary: say.api.summaries.acknowledge,
      takes,
      work: (agent, request) => bounded(agent, () => acknowledge(parts, agent, sessionId(request))),
    },
  ];
}

function acting(parts: HttpParts): Route[] {
  const post = { method: "POST", scope: "escalations", status: 200, answers: shapes.ApiEscalation } as const;
  return [
    {
      ...post,
      status: 201,
      url: "/escalations",
      limited: true,
      summary: say.api.summaries.submit,
      takes: { body: EscalationRequest, headers: shapes.SubmitHeaders },
      work: (agent, request, reply) => {
        const key = request.headers["idempotency-key"];
        const traceparent = readTraceparent(request.headers["traceparent"]);
        return postEscalation(parts, agent, request.body, { key: Array.isArray(key) ? key.join(",") : key, traceparent }, reply);
      },
    },
    {
      ...post,
      url: "/escalations/:id/messages",
      limited: true,
      summary: say.api.summaries.answer,
      takes: { params, body: shapes.Message },
      work: (agent, request) =>
        command(parts, agent, id(request), { type: "tell", text: parseBody(shapes.Message, request.body).text }),
    },
    {
      ...post,
      url: "/escalations/:id/resume",
      summary: say.api.summaries.resume,
      takes: { params, body: shapes.Resume },
      answers: shapes.Resumed,
      work: (agent, request) => {
        const { claim_id, preconditions, lease_s } = parseBody(shapes.Resume, request.body);
        return resume(parts, agent, id(request), { type: "resume", claimId: claim_id, preconditions, leaseS: lease_s });
      },
    },
    {
      ...post,
      url: "/escalations/:id/outcome",
      limited: true,
      summary: say.api.summaries.report,
      takes: { params, body: shapes.Outcome },
      work: (agent, request) => command(parts, agent, id(request), { type: "report", ...reported(request.body) }),
    },
    {
      ...post,
      url: "/escalations/:id/steps/:step/outcome",
      limited: true,
      summary: say.api.summaries.reportStep,
      takes: { params: shapes.StepParams, body: shapes.Outcome },
      work: (agent, request) => {
        const { step } = parseBody(shapes.StepParams, request.params);
        const wanted = { type: "report_step", step, ...reported(request.body) } as const;
        return command(parts, agent, id(request), wanted);
      },
    },
    {
      ...post,
      scope: "oversight",
      url: "/escalations/:id/flag",
      limited: true,
      summary: say.api.summaries.flag,
      takes: { params, body: shapes.Flag },
      answers: shapes.Flagged,
      work: (agent, request) => flagEscalation(parts, agent, id(request), parseBody(shapes.Flag, request.body).text),
    },
    {
      ...post,
      url: "/escalations/:id/cancel",
      limited: true,
      summary: say.api.summaries.withdraw,
      takes: { params, body: shapes.Cancel },
      work: (agent, request) =>
        command(parts, agent, id(request), { type: "cancel", reason: parseBody(shapes.Cancel, request.body).reason }),
    },
  ];
}

function reported(body: unknown) {
  const { status, execution_token, executed_action_digest, detail, result } = parseBody(shapes.Outcome, body);
  const executedActionDigest = executed_action_digest ?? null;
  const outcome = { status, executedActionDigest, detail: detail ?? null, result: result ?? null };
  return { outcome, executionToken: execution_token };
}

/** Aborted when the client hangs up, so that its long poll is not carried on. */
function overWithConnection(reply: FastifyReply): AbortController {
  const over = new AbortController();
  reply.raw.once("close", () => over.abort("closed"));
  return over;
}
