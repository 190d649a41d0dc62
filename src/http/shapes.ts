import { z } from "zod";
import { STEP_PROGRESS } from "../domain/life/steps.ts";
import { anyJson, claimId, jsonBytesMax, Preconditions, Taints } from "../domain/shapes/request.ts";
import {
  DECISION_SOURCES,
  DECISION_TYPES,
  DIRECTIVES,
  DISPOSITIONS,
  ENDED_REASONS,
  REASON_CODES,
  STATES,
  SUPPORTED_KINDS,
  TAINTS,
  TIERS,
  UNCONFIRMED,
} from "../domain/shapes/vocabulary.ts";
import { say } from "../words/en.ts";

/** Request and answer shapes of the HTTP API beside the escalation request itself; OpenAPI is generated from them. */
const time = z.string().meta({ format: "date-time" });
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, say.refusedCalls.fields.digest);

export const Message = z.strictObject({ text: z.string().trim().min(1).max(3000) });
export const Resume = z.strictObject({
  claim_id: claimId,
  preconditions: Preconditions.default([]),
  lease_s: z.int().min(1).max(86_400).optional(),
});
export const Outcome = z.strictObject({
  status: z.enum(["completed", "failed", "skipped", "rolled_back"]),
  execution_token: z.string().max(255),
  executed_action_digest: digest.optional(),
  detail: z.string().max(2000).optional(),
  result: anyJson.refine(jsonBytesMax(16 * 1024), say.refusedCalls.fields.resultTooLarge).optional(),
});
export const Cancel = z.strictObject({ reason: z.string().trim().min(1).max(1000) });

const Taint = z.looseObject({ kind: z.enum(TAINTS), source: z.string() });
export const SessionParams = z.object({ session_id: z.string().min(1).max(200) });
export const Session = z.looseObject({
  id: z.string(),
  agent: z.string(),
  directive: z.enum(DIRECTIVES),
  stopped: z.boolean(),
  reason: z.string().nullable(),
  by: z.string().nullable(),
  at: time.nullable(),
  acknowledged_at: time.nullable(),
  taints: z.array(Taint),
  open: z.array(z.string()),
  counts: z.record(z.string(), z.int()),
});

export const AddedTaints = z.strictObject({ taints: Taints });

export const Flag = z.strictObject({ text: z.string().trim().min(1).max(1000) });
export const Flagged = z.looseObject({ id: z.string(), flagged_by: z.string(), flagged_at: time });

/** What Postgres can look for. */
const text = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[^\0]*$/u, say.refusedCalls.fields.nul);

/** As the document names them; what came is read where it is used. */
export const SubmitHeaders = z.object({
  "Idempotency-Key": z.string().min(1).max(255).optional().describe(say.api.headers.idempotencyKey),
});
export const IdParams = z.object({ id: z.string().max(100) });
export const StepParams = IdParams.extend({ step: z.string().max(100) });
export const GetQuery = z.object({
  wait: z.coerce.number().int().min(0).max(60).default(0).describe(say.api.query.wait),
  since: z.coerce.number().int().min(0).optional().describe(say.api.query.since),
});
export const ListQuery = z.object({
  state: z.enum(STATES).optional(),
  session_id: text(200).optional(),
  action_type: text(100).optional(),
  queue: text(100).optional(),
  idempotency_key: text(255).optional(),
  cursor: z.string().max(300).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});

const Action = z.looseObject({ type: z.string(), params: z.record(z.string(), z.unknown()) });
const Vote = z.looseObject({
  user_id: z.string(),
  team_id: z.string(),
  verdict: z.string(),
  at: time,
  reason: z.string().nullable(),
  as: z.string().nullable(),
});
export const Decision = z.looseObject({
  type: z.enum(DECISION_TYPES),
  source: z.enum(DECISION_SOURCES),
  decided_at: time,
  reason_code: z.enum(REASON_CODES).nullable(),
  reason: z.string().nullable(),
  votes: z.array(Vote),
  action: Action.nullable(),
  action_digest: z.string(),
  modification: z.array(z.looseObject({ op: z.string(), path: z.string() })),
  answer: z.looseObject({ option: z.string().nullable(), text: z.string().nullable() }).nullable(),
  content: z.string().nullable(),
  approved_steps: z.array(z.string()).nullable(),
  plan: z.looseObject({ steps: z.array(z.looseObject({ id: z.string() })) }).optional(),
  rejected_steps: z.array(z.looseObject({ id: z.string(), reason: z.string().nullable() })).optional(),
  result: z.string().nullable(),
});
export const Execution = z.looseObject({ token: z.string(), attempt: z.int(), idempotency_key: z.string(), expires_at: time });
const Reported = z.looseObject({
  status: z.enum(["completed", "failed", "skipped", "rolled_back"]),
  executed_action_digest: z.string().nullable(),
  detail: z.string().nullable(),
  result: z.unknown(),
  reported_at: time,
});
const Reason = z.looseObject({ rule: z.string(), tier: z.enum(TIERS), detail: z.string() });

/** Of a plan: each step, and how far it is. */
const PlanProgress = z.looseObject({
  steps: z.array(
    z.looseObject({
      id: z.string(),
      title: z.string(),
      action: Action.partial({ params: true }),
      action_digest: z.string(),
      tier: z.enum(TIERS),
      reasons: z.array(Reason),
      state: z.enum(STEP_PROGRESS),
      needs_own_approval: z.string().nullable(),
      rejected_because: z.string().nullable(),
      outcome: Reported.nullable(),
    }),
  ),
});
/** For the claim that holds a plan: the right to run each step that was not reported yet. */
const StepExecutions = z.array(z.looseObject({ id: z.string(), action_digest: z.string(), execution: Execution })).optional();

/** The escalation, everywhere it is shown. Clients ignore what they do not know: fields may be added. */
export const ApiEscalation = z.looseObject({
  id: z.string(),
  kind: z.enum(SUPPORTED_KINDS),
  state: z.enum(STATES),
  tier: z.enum(TIERS),
  disposition: z.enum(DISPOSITIONS),
  version: z.int(),
  revision: z.int(),
  round: z.int(),
  session_id: z.string().nullable(),
  step_id: z.string().nullable(),
  parent: z
    .looseObject({ agent: z.string(), session_id: z.string().optional(), escalation_id: z.string().optional() })
    .nullable(),
  on_behalf_of: z.string().nullable(),
  queue: z.string(),
  sla_at: time.nullable(),
  deadline: time.nullable(),
  action_digest: z.string(),
  policy: z.looseObject({ version: z.string(), reasons: z.array(Reason) }),
  decision: Decision.nullable(),
  past_decisions: z.array(Decision),
  messages: z.array(
    z.looseObject({ from: z.enum(["reviewer", "agent"]), user_id: z.string().nullable(), text: z.string(), at: time }),
  ),
  plan: PlanProgress.optional(),
  execution: Execution.nullable(),
  steps: StepExecutions,
  outcome: Reported.nullable(),
  review: z.looseObject({ window_ends_at: time.nullable(), unconfirmed: z.enum(UNCONFIRMED), undo: z.string() }).nullable(),
  ended_at: time.nullable(),
  ended_reason: z.enum(ENDED_REASONS).nullable(),
  review_of: z.string().nullable(),
  permalink: z.string().nullable(),
  created_at: time,
  updated_at: time,
});
export const EscalationList = z.looseObject({ items: z.array(ApiEscalation), next_cursor: z.string().nullable() });
export const Resumed = z.looseObject({
  id: z.string(),
  state: z.enum(STATES),
  decision: Decision.nullable(),
  checkpoint: z.unknown(),
  execution: Execution.nullable(),
  steps: StepExecutions,
  outcome: Reported.nullable(),
  undo: z
    .looseObject({
      action: Action.nullable(),
      action_digest: z.string(),
      how: z.string().nullable(),
      idempotency_key: z.string(),
      outcome: Reported.nullable(),
    })
    .nullable(),
});
export const Evaluated = z.looseObject({
  tier: z.enum(TIERS),
  disposition: z.enum(DISPOSITIONS),
  policy: z.looseObject({ version: z.string(), reasons: z.array(Reason) }),
  queue: z.string(),
  reviewers: z.array(z.looseObject({ user_id: z.string(), name: z.string() })),
});
export const AuditList = z.looseObject({
  stream: z.string(),
  items: z.array(
    z.looseObject({ seq: z.int(), hash: z.string(), body: z.unknown(), payload: z.record(z.string(), z.unknown()).nullable() }),
  ),
});
export const ProblemShape = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string(),
  escalation_id: z.string().optional(),
  errors: z.array(z.looseObject({ pointer: z.string(), detail: z.string() })).optional(),
});
