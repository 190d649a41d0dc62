import type { FastifyReply } from "fastify";
import type { z } from "zod";
import { readBody } from "../domain/audit/stored.ts";
import { callbackUrlRefusal } from "../domain/callback/callback-url.ts";
import {
  apiClaimed,
  apiDecision,
  apiEscalation,
  apiExecution,
  apiOutcome,
  apiStepExecutions,
  apiUndo,
  dispositionOf,
} from "../domain/consequences/api-shape.ts";
import { KIND_ROWS } from "../domain/kinds/all.ts";
import { isOwnOf } from "../domain/life/agent.ts";
import { runsAtOnce } from "../domain/life/open.ts";
import { mayDecide } from "../domain/people/authority.ts";
import type { AgentCommand } from "../domain/shapes/commands.ts";
import type { Escalation } from "../domain/shapes/escalation.ts";
import { isRefusal, type Refusal } from "../domain/shapes/refusal.ts";
import { crowdIn, EscalationRequest } from "../domain/shapes/request.ts";
import { KINDS, SUPPORTED_KINDS } from "../domain/shapes/vocabulary.ts";
import type { Engine } from "../engine/engine.ts";
import { isEscalationId } from "../engine/ids.ts";
import { say } from "../words/en.ts";
import type { AuthenticatedAgent } from "./authenticate.ts";
import { cursorOf, readCursor } from "./cursor.ts";
import { parseBody } from "./parse.ts";
import type { HttpParts } from "./parts.ts";
import { fail, ProblemError, refusalProblem } from "./problem.ts";
import type { ListQuery } from "./shapes.ts";

/** What the escalation routes do. Each is: parse, one call to the engine, one answer. */
export function orProblem<T>(result: T | Refusal): T {
  if (isRefusal(result)) throw new ProblemError(refusalProblem(result));
  return result;
}

/** Kinds that the contract names and this version lacks are refused by name, before their members are looked at. */
function readRequest(body: unknown): EscalationRequest {
  const kind = typeof body === "object" && body !== null && "kind" in body ? body.kind : undefined;
  const named = KINDS.find((one) => one === kind);
  if (named !== undefined && !Object.hasOwn(KIND_ROWS, named)) {
    const supported = SUPPORTED_KINDS.join(" or ");
    fail("unsupported", say.refusedCalls.kindMissing(named, supported), [
      { pointer: "/kind", detail: say.refusedCalls.useKind(supported) },
    ]);
  }
  const crowd = crowdIn(body);
  if (crowd !== null) fail("invalid-request", `${crowd.pointer}: ${crowd.detail}`, [crowd]);
  return parseBody(EscalationRequest, body);
}

export async function postEscalation(
  parts: HttpParts,
  agent: AuthenticatedAgent,
  body: unknown,
  { key, traceparent }: { key: string | undefined; traceparent: string | null },
  reply: FastifyReply,
) {
  const request = readRequest(body);
  if (key !== undefined && (key.length === 0 || key.length > 255)) fail("invalid-request", say.refusedCalls.keyLength);
  if (request.callback !== undefined) {
    const refusal = callbackUrlRefusal(request.callback.url, agent.callbackHosts, parts.local);
    if (refusal !== null) fail("invalid-request", refusal, [{ pointer: "/callback/url", detail: refusal }]);
  }
  const submitted = orProblem(
    await parts.engine.submit({ agent, request, idempotencyKey: key ?? null, reviewOf: null, traceparent }),
  );
  if (submitted.replayed) reply.header("Idempotent-Replayed", "true");
  return reply
    .code(201)
    .header("Location", `/v1/escalations/${submitted.escalation.id}`)
    .send(submitted.held ? apiClaimed(submitted.escalation) : apiEscalation(submitted.escalation));
}

/** An agent's own escalation, or the same 404 as for one that does not exist; what a restore has lost is told as that. */
async function own(engine: Engine, agent: AuthenticatedAgent, id: string): Promise<Escalation> {
  const loaded = isEscalationId(id) ? await engine.load(id) : null;
  const lostTo = loaded === null ? await engine.lostInRestore(id) : null;
  if (lostTo !== null) fail("restored", say.refusedCalls.restoredLost(lostTo.toISOString()));
  if (loaded === null || !isOwnOf(agent.id, loaded.escalation)) fail("not-found", say.refusedCalls.noSuchEscalation);
  return loaded.escalation;
}

/** `over`: nobody waits any more. `take`: a place among those that are held. `again`: the key, looked at once more. */
type Hold = {
  waitS: number;
  since: number | undefined;
  over: AbortController;
  take: () => () => void;
  again: () => Promise<unknown>;
};

/**
 * Long poll: held until it no longer waits for a person or, with `since`, until there is a newer revision; then the present state
 * either way.
 */
export async function getEscalation(parts: HttpParts, agent: AuthenticatedAgent, id: string, hold: Hold) {
  const { engine } = parts;
  const { waitS, since, over } = hold;
  const settledAt = ({ state, revision }: Escalation) =>
    since === undefined ? state !== "paused_pending_human" : revision > since;
  // To be waited on, what is known here is enough: whatever another replica made of it ends the wait.
  const known = waitS > 0 ? engine.known(id) : null;
  const isWaitedOn = known !== null && isOwnOf(agent.id, known) && !settledAt(known);
  let escalation = isWaitedOn ? known : await own(engine, agent, id);
  const until = performance.now() + waitS * 1000;
  const settled = () => settledAt(escalation);
  if (waitS === 0 || settled()) return apiEscalation(escalation);
  const giveBack = hold.take();
  try {
    while (!settled() && !over.signal.aborted) {
      const leftMs = until - performance.now();
      if (leftMs <= 0) break;
      const news = engine.waiting.until(id, escalation.revision, leftMs, over.signal);
      // Looked at again once the wait is registered: what was committed here in between is not missed. What another replica
      // committed is found by the poll for all who wait.
      escalation = engine.newerThan(id, escalation.revision) ?? escalation;
      if (settled() || !(await news)) break;
      escalation = engine.newerThan(id, escalation.revision) ?? (await own(engine, agent, id));
    }
    if (over.signal.aborted) return apiEscalation(escalation);
  } finally {
    giveBack();
    over.abort(OVER);
  }
  // A key may have been revoked while its request was held: what happened since is not for it.
  await hold.again();
  return apiEscalation(settled() ? escalation : await own(engine, agent, id));
}

/** Where nobody asks why, no reason has to be made up, with its stack, each time. */
const OVER = "over";

export async function listEscalations(parts: HttpParts, agent: AuthenticatedAgent, query: z.infer<typeof ListQuery>) {
  const filter = {
    state: query.state ?? null,
    sessionId: query.session_id ?? null,
    actionType: query.action_type ?? null,
    queue: query.queue ?? null,
    idempotencyKey: query.idempotency_key ?? null,
    after: query.cursor === undefined ? null : readCursor(query.cursor),
    limit: query.limit,
  };
  const { items, next } = await parts.engine.list(agent.id, filter);
  return {
    items: items.map(apiEscalation),
    next_cursor: next === null ? null : cursorOf(next),
  };
}

export async function command(parts: HttpParts, agent: AuthenticatedAgent, id: string, wanted: AgentCommand) {
  const handled = orProblem(await parts.engine.handle(id, wanted, { kind: "agent", agentId: agent.id }));
  return apiEscalation(handled.escalation);
}

/**
 * A machine that watches agents may flag what any of them did, and is shown none of it. The first flag counts; whoever comes
 * later is told by whom and when.
 */
export async function flagEscalation({ engine }: HttpParts, machine: AuthenticatedAgent, id: string, text: string) {
  const loaded = isEscalationId(id) ? await engine.load(id) : null;
  if (loaded === null) fail("not-found", say.refusedCalls.noSuchEscalation);
  const wanted = { type: "flag_by_machine", name: machine.name, text } as const;
  const { flag } =
    loaded.escalation.flag === null
      ? orProblem(await engine.handle(id, wanted, { kind: "system" })).escalation
      : loaded.escalation;
  if (flag === null) throw new Error(`${id} was flagged and has no flag`);
  return { id, flagged_by: flag.userId ?? flag.machine ?? "", flagged_at: flag.at.toISOString() };
}

/** Claims the resumption; a reopened round is told as `world-changed`, because nothing may be executed now. */
export async function resume(
  parts: HttpParts,
  agent: AuthenticatedAgent,
  id: string,
  wanted: Extract<AgentCommand, { type: "resume" }>,
) {
  const { escalation } = orProblem(await parts.engine.handle(id, wanted, { kind: "agent", agentId: agent.id }));
  if (escalation.state === "paused_pending_human" && escalation.execution === null) {
    const names = escalation.changedPreconditions.map((p) => p.name).join(", ");
    fail("world-changed", say.refusedCalls.worldChanged(names, escalation.round));
  }
  return {
    id: escalation.id,
    state: escalation.state,
    decision: escalation.decision === null ? null : apiDecision(escalation.decision),
    checkpoint: escalation.hasCheckpoint ? await checkpointOf(parts, id) : null,
    execution: escalation.endedAt === null ? apiExecution(escalation.execution) : null,
    ...apiStepExecutions(escalation),
    outcome: apiOutcome(escalation.outcome),
    undo: apiUndo(escalation),
  };
}

/** The claim is stored by now: who heard that nothing was changed might leave it to its lease. */
async function checkpointOf(parts: HttpParts, id: string): Promise<unknown> {
  try {
    return await parts.engine.checkpoint(id);
  } catch (error) {
    parts.log.error({ err: error, escalation: id }, "a checkpoint could not be read for the claim that wants it");
    throw new ProblemError({ code: "unavailable", detail: say.refusedCalls.claimedAllTheSame, retryAfterS: 2 });
  }
}

export async function getAudit(parts: HttpParts, agent: AuthenticatedAgent, id: string) {
  await own(parts.engine, agent, id);
  const entries = await parts.engine.audit(id);
  const items = entries.map(({ seq, hash, body, content }) => ({
    seq,
    hash,
    body: readBody(body),
    payload: readBody(content ?? ""),
  }));
  return { stream: `escalation/${id}`, items };
}

const NOTHING_DONE = { reviewOf: null, execution: null, outcome: null, decision: null, dueAt: null, endedAt: null } as const;

/** The same judgement as a submission, with nothing stored. */
export async function evaluatePolicy(parts: HttpParts, agent: AuthenticatedAgent, body: unknown) {
  const request = readRequest(body);
  const ruling = orProblem(await parts.engine.evaluate(agent, request));
  const proceeds = runsAtOnce(request, ruling);
  const asked = { ruling, request, agentName: agent.name, agentOwner: agent.owner };
  const reviewers = proceeds ? [] : mayDecide(parts.directory(), asked);
  const state = proceeds ? "running" : "paused_pending_human";
  return {
    tier: ruling.tier,
    disposition: dispositionOf({ ...NOTHING_DONE, kind: request.kind, ruling, state }),
    policy: { version: ruling.policyVersion, reasons: ruling.reasons },
    queue: ruling.queue,
    reviewers: reviewers.map(({ userId, name }) => ({ user_id: userId, name })),
  };
}
