import { LIMITS } from "../../domain/base/limits.ts";
import { isSoftReview } from "../../domain/kinds/all.ts";
import { isOwnOf } from "../../domain/life/agent.ts";
import { openEscalation } from "../../domain/life/open.ts";
import { isHeldBy } from "../../domain/life/resume.ts";
import { refuseAsStep } from "../../domain/life/steps.ts";
import { pagingDue } from "../../domain/paging/run.ts";
import { unfillableSeat } from "../../domain/people/authority.ts";
import type { Policy } from "../../domain/policy/compile.ts";
import { strictestEnvironment } from "../../domain/policy/environment.ts";
import { rehearsalOf } from "../../domain/policy/soft-review.ts";
import { NO_VELOCITY, type Sums, sumsAskedFor, type Velocity } from "../../domain/policy/velocity.ts";
import { refuseLoop, refuseStopped } from "../../domain/sessions/session.ts";
import { askedFor, canonicalJson, differingPointers } from "../../domain/shapes/canonical.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { isRefusal, type Refusal, refuse } from "../../domain/shapes/refusal.ts";
import { type EscalationRequest, mediaOf, submittedAction, withoutBytes } from "../../domain/shapes/request.ts";
import type { Ruling } from "../../domain/shapes/ruling.ts";
import { findByIdempotencyKey } from "../../store/read-escalations.ts";
import { readRehearsal } from "../../store/rehearsals.ts";
import { readVelocity, velocityOf } from "../../store/velocity.ts";
import type { Write } from "../../store/write.ts";
import { say } from "../../words/en.ts";
import { ringAlarm } from "../alarms.ts";
import { newEscalationId, newExecutionToken, newSalt } from "../ids.ts";
import type { Carried } from "../loops/carried-clock.ts";
import { busy } from "../loops/database-away.ts";
import { answerInTime, type Patience } from "../loops/patience.ts";
import { roughBytes } from "../rough-bytes.ts";
import { findParent, type KnownParent, knownOfSession, noteSession } from "../sessions/note.ts";
import { composeWrite } from "./compose-write.ts";
import type { HandleParts } from "./handle.ts";
import type { OpenCounted } from "./open-counted.ts";
import { judgeRequest, namesOf } from "./policy-book.ts";
import { surroundingsAt } from "./surroundings.ts";

/**
 * How the engine's own idempotency keys begin. A header cannot carry this character, so no agent can take one of them beforehand.
 */
export const OUR_KEYS = "\n";

/** An agent that may submit, as it is registered (configuration first, then what the CLI recorded). */
export type SubmittingAgent = { id: string; name: string; owner: string | null; environment: string | null };
export type Submission = {
  agent: SubmittingAgent;
  request: EscalationRequest;
  idempotencyKey: string | null;
  /** Set for the engine's own follow-ups. */
  reviewOf: string | null;
  /** Of something drawn at random, of which its agent learns nothing. */
  isSample?: boolean;
  /** The trace of whoever submits. */
  traceparent: string | null;
};
/** `held`: by the claim that this submission names, which may run it now. */
export type Submitted = { escalation: Escalation; replayed: boolean; held: boolean };
export type SubmitParts = HandleParts & {
  now: () => Promise<Date>;
  /** Writes what velocity rules count. */
  openCounted: OpenCounted;
};

/**
 * Opens an escalation, or finds the one that the same idempotency key has opened. Durable before it returns, and answered in
 * time.
 */
export function submit(parts: SubmitParts, submission: Submission): Promise<Submitted | Refusal> {
  return answerInTime((patience) => submitPatiently(parts, submission, patience));
}

async function submitPatiently(parts: SubmitParts, submission: Submission, patience: Patience): Promise<Submitted | Refusal> {
  const { agent, reviewOf } = submission;
  // What we ask about an act of our own accord is never too much.
  const refusal = reviewOf === null ? await parts.intake.admit(agent.id) : null;
  const opened = refusal ?? (await refuseStep(parts, submission)) ?? (await open(parts, submission, patience));
  // Whatever is said against something new, what its key has opened before is told.
  const earlier = isRefusal(opened) ? await replay(parts, submission) : null;
  const submitted = earlier ?? opened;
  if (reviewOf === null && refusal === null && !isRefusal(submitted) && submitted.replayed) parts.intake.replayed(agent.id);
  return submitted;
}

/** Whether what it names as its plan is one, and it asks for a step of that. */
async function refuseStep(parts: SubmitParts, { agent, request }: Submission): Promise<Refusal | null> {
  if (!("plan_step" in request) || request.plan_step === undefined) return null;
  const loaded = await parts.load(request.plan_step.escalation_id);
  const isOwn = loaded !== null && isOwnOf(agent.id, loaded.escalation);
  return refuseAsStep(isOwn ? loaded.escalation : null, request);
}

/**
 * Nobody asks beforehand whether a key is new: most are, and the statement that opens it says so. The same with the time: it is
 * asked for where what was carried on was wrong, and before anything is refused by it.
 */
async function open(parts: SubmitParts, submission: Submission, patience: Patience): Promise<Submitted | Refusal> {
  const parent = await noteSession(parts, submission.agent.id, submission.request);
  if (isRefusal(parent)) return parent;
  let carried = parts.clock.now();
  for (let attempt = 0; attempt < CONFIGURATIONS_MAX; attempt++) {
    const configuration = parts.configuration.number();
    const policy = parts.policies.current();
    const asked = { ...submission, agent: underParent(policy, submission, parent) };
    const rehearsedAt = await rehearsedFor(parts, policy, asked);
    const opening = { configuration, carried, policy, rehearsedAt, parent };
    const write = await openUnder(parts, asked, opening, patience);
    if (isRefusal(write) && (carried === null || !isByTime(write))) return write;
    if (!isRefusal(write) && write !== null) {
      parts.intake.opened(write.after);
      parts.memory.keepCheckpoint(write.after.id, write.opening?.checkpoint ?? undefined);
      await alarmIfUnanswerable(parts, write.after);
      return { escalation: write.after, replayed: false, held: write.after.execution !== null };
    }
    const earlier = await replay(parts, submission);
    if (earlier !== null) return earlier;
    if (!(await parts.configuration.catchUp(configuration)) && carried === null)
      throw new Error("an opening was not written although its idempotency key is free and its configuration in force");
    carried = null;
  }
  throw busy(`the configuration kept changing: gave up after ${CONFIGURATIONS_MAX} judgements`);
}

/** What is asked for may have been refused because of the time, as what was valid until a moment ago. */
const isByTime = ({ refused }: Refusal): boolean => refused === "invalid_request";

/** Each is a configuration that somebody put in force while this was judged. */
const CONFIGURATIONS_MAX = LIMITS.judgements.value;

function openUnder(
  parts: SubmitParts,
  submission: Submission,
  opening: Opening,
  patience: Patience,
): Promise<Write | Refusal | null> {
  const { agent, request, idempotencyKey } = submission;
  const sums = sumsAskedFor(opening.policy, agent.id, request);
  if (sums.length === 0) return openUncounted(parts, submission, opening, patience);
  return parts.openCounted({
    sums,
    agentId: agent.id,
    idempotencyKey,
    // What is counted is judged at the time that the sums are read at.
    compose: (now, before, judgedBy) => composeOpening(parts, submission, { ...opening, carried: null }, now, before, judgedBy),
    bytes: roughBytes(request),
    patience,
  });
}

/** Judges and writes in the next group commit; null when its key or its configuration was taken meanwhile. */
async function openUncounted(
  parts: SubmitParts,
  submission: Submission,
  opening: Opening,
  patience: Patience,
): Promise<Write | Refusal | null> {
  const now = opening.carried?.at ?? (await parts.now());
  const write = await composeOpening(parts, submission, opening, now, () => NO_VELOCITY, []);
  if (isRefusal(write)) return write;
  return (await parts.commit(write, patience)) ? write : null;
}

/** `policy`: the one in force then, by which all of it is done. `carried`: the time, where it need not be read. */
type Opening = {
  configuration: number;
  policy: Policy;
  carried: Carried | null;
  rehearsedAt: Date | null;
  parent: KnownParent | null;
};

/** Read only where the policy wants to know. */
async function rehearsedFor(
  parts: Pick<SubmitParts, "pool">,
  policy: Policy,
  { agent, request }: Pick<Submission, "agent" | "request">,
): Promise<Date | null> {
  const rehearsal = rehearsalOf(policy, agent.environment, request);
  return rehearsal === null ? null : readRehearsal(parts.pool, rehearsal);
}

/**
 * Each rule of the file can be met, but not every sum of them, and people leave: a round that only time can end is told at
 * once.
 */
async function alarmIfUnanswerable(parts: SubmitParts, after: Escalation): Promise<void> {
  if (after.state !== "paused_pending_human") return;
  const seat = unfillableSeat(parts.directory(), after);
  if (seat === null) return;
  const { queue, presentation } = after.ruling;
  const alarm = { kind: "unanswerable", queue, seat, escalation: after.id, silence: presentation.effects.silence } as const;
  await ringAlarm(parts, alarm).catch((error: unknown) =>
    parts.log.error({ err: error, escalation: after.id }, "an unanswerable escalation could not be alarmed"),
  );
}

/** What is to be written where the policy in force lets it be asked at all. */
async function composeOpening(
  parts: SubmitParts,
  submission: Submission,
  { configuration, policy, carried, rehearsedAt, parent }: Opening,
  now: Date,
  before: (sums: Sums) => Velocity,
  judgedBy: Write["judgedBy"],
): Promise<Write | Refusal> {
  const { agent, idempotencyKey, reviewOf } = submission;
  const { checkpoint, claim_id, ...request } = withoutBytes(submission.request);
  const { standing, session } = knownOfSession(parts, agent.id, request as EscalationRequest, parent);
  const stopped = reviewOf === null ? (refuseStopped(standing) ?? refuseLoop(policy.source.loop, session)) : null;
  if (stopped !== null) return stopped;
  const opened = openEscalation({
    id: newEscalationId(now, parts.cell),
    agent,
    request: request as EscalationRequest,
    ruling: judgeRequest(policy, { agent, request: request as EscalationRequest, now, rehearsedAt, session }, before),
    reviewOf,
    isSample: submission.isSample ?? false,
    hasCheckpoint: checkpoint !== undefined && checkpoint !== null,
    traceparent: submission.traceparent,
    executionToken: newExecutionToken(),
    auditKey: newSalt().toString("hex"),
    claimId: claim_id ?? null,
    now,
  });
  if (isRefusal(opened)) return opened;
  const actor = reviewOf === null ? { kind: "agent" as const, agentId: agent.id } : { kind: "policy" as const };
  const opening = { checkpoint: checkpoint ?? null, media: bytesOf(submission.request), idempotencyKey };
  const escalation = opened.type === "opened" ? opened.escalation : null;
  if (reviewOf === null && escalation?.state === "paused_pending_human") {
    const full = await parts.intake.admitToQueue(escalation.ruling.queue);
    if (full !== null) return full;
  }
  const due = escalation === null ? [] : pagingDue(escalation, surroundingsAt(parts, now));
  const guard = { onlyBefore: null, opening, configuration, judgedBy, clockOffsetMs: carried?.offsetMs ?? null };
  return composeWrite(parts, null, [opened, ...due], actor, now, guard);
}

const bytesOf = (request: EscalationRequest): string[] => mediaOf(request).map(({ media }) => media.data ?? "");

/** The agent as it is judged: not laxer than the one for which it acts. */
function underParent(policy: Policy, { agent, request }: Pick<Submission, "agent" | "request">, parent: KnownParent | null) {
  if (parent === null) return agent;
  const actions = "plan" in request ? request.plan.steps.map(({ action }) => action) : [submittedAction(request) ?? {}];
  return { ...agent, environment: strictestEnvironment(policy, [agent.environment, parent.environment], actions) };
}

/** Dry run (`POST /v1/policy/evaluate`): the same judgement, nothing stored. */
export async function evaluate(
  parts: SubmitParts,
  registered: SubmittingAgent,
  request: EscalationRequest,
): Promise<Ruling | Refusal> {
  const policy = parts.policies.current();
  const parent = await findParent(parts, request);
  if (isRefusal(parent)) return parent;
  const agent = underParent(policy, { agent: registered, request }, parent);
  const { session } = knownOfSession(parts, agent.id, request, parent);
  const sums = sumsAskedFor(policy, agent.id, request);
  const asked = { agent, request, session, rehearsedAt: await rehearsedFor(parts, policy, { agent, request }) };
  if (sums.length === 0) return judgeRequest(policy, { ...asked, now: await parts.now() }, () => NO_VELOCITY);
  const read = await readVelocity(parts.reads, namesOf(sums));
  return judgeRequest(policy, { ...asked, now: read.now }, (one) => velocityOf(read, one));
}

const DIFFERENCES_TOLD_MAX = 20;

const asksForTheSame = (one: EscalationRequest, other: EscalationRequest): boolean =>
  canonicalJson(askedFor(one)) === canonicalJson(askedFor(other));

function keyReused(earlier: Escalation, request: EscalationRequest): Refusal {
  const pointers = differingPointers(askedFor(earlier.request), askedFor(request), DIFFERENCES_TOLD_MAX);
  const detail = say.refusedCalls.keyReused(earlier.id, pointers);
  const fields = pointers.map((field) => ({ field, detail: say.refusedCalls.differsFromKey }));
  return { ...refuse("idempotency_key_reused", detail, fields), escalationId: earlier.id };
}

const isWaitingWhileDone = (escalation: Escalation): boolean =>
  escalation.state === "paused_pending_human" && isSoftReview(escalation) && escalation.outcome === null;

/** What the same key has opened before, as it stands now. */
async function replay(parts: SubmitParts, submission: Submission): Promise<Submitted | Refusal | null> {
  if (submission.idempotencyKey === null) return null;
  const earlier = await findByIdempotencyKey(parts.pool, submission.agent.id, submission.idempotencyKey);
  if (earlier === null) return null;
  const loaded = await parts.load(earlier);
  if (loaded === null) throw new Error(`escalation ${earlier} vanished`);
  const { escalation, now } = loaded;
  if (!asksForTheSame(escalation.request, submission.request)) return keyReused(escalation, submission.request);
  const { claim_id } = submission.request;
  // Once people have answered, only a resume hands out the right to run.
  const mayRun = escalation.state === "running" || isWaitingWhileDone(escalation);
  const { isStopped } = parts.sessions.standing(submission.agent.id, escalation.request.session_id ?? null);
  const held = mayRun && !isStopped && claim_id !== undefined && isHeldBy(escalation, claim_id, now);
  return { escalation, replayed: true, held };
}
