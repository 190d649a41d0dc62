import { z } from "zod";
import type { Escalation } from "../domain/shapes/escalation.ts";
import type { EscalationRequest } from "../domain/shapes/request.ts";
import { Ruling } from "../domain/shapes/ruling.ts";
import { ENDED_REASONS, STATES, SUPPORTED_KINDS } from "../domain/shapes/vocabulary.ts";
import { digestText } from "./digest.ts";
import { readSteps, STEPS_COLUMN, StepRows } from "./plan-steps.ts";
import { readProgress } from "./progress.ts";
import { unseal } from "./sealed.ts";
import { byKey, WORKSPACE } from "./workspace.ts";

/**
 * How an escalation lies in its two rows: indexed columns, and three JSON documents. Checked on the way out, so that a bad row is
 * found where it is read.
 */
const Row = z.object({
  id: z.string(),
  agent_id: z.string(),
  agent_name: z.string(),
  agent_owner: z.string().nullable(),
  kind: z.enum(SUPPORTED_KINDS),
  state: z.enum(STATES),
  version: z.int(),
  revision: z.int(),
  round: z.int(),
  action_digest: z.string(),
  has_checkpoint: z.boolean(),
  permalink: z.string().nullable(),
  content: z.instanceof(Buffer),
  ruling: Ruling.nullable(),
  progress: z.unknown(),
  sla_at: z.date().nullable(),
  deadline: z.date().nullable(),
  due_at: z.date().nullable(),
  state_since: z.date(),
  ended_at: z.date().nullable(),
  first_response_at: z.date().nullable(),
  ended_reason: z.enum(ENDED_REASONS).nullable(),
  review_of: z.string().nullable(),
  audit_key: z.string(),
  audit_seq: z.int(),
  audit_hash: z.string(),
  created_at: z.date(),
  updated_at: z.date(),
  steps: StepRows,
});

/** The columns `parseEscalation` needs: of the moving row `m`, of what was opened `o`, and of the agent `a`. */
export const ESCALATION_COLUMNS = `m.id, o.agent_id, a.name AS agent_name, a.owner AS agent_owner, o.kind, m.state, m.version,
  m.revision, m.round, ${digestText("m.action_digest")} AS action_digest, o.checkpoint IS NOT NULL AS has_checkpoint, o.content,
  m.ruling, m.progress, m.sla_at, m.deadline, m.due_at, m.state_since, m.first_response_at, m.ended_at,
  m.ended_reason,
  o.review_of, encode(o.key, 'hex') AS audit_key, m.audit_seq, encode(m.audit_hash, 'hex') AS audit_hash,
  o.created_at, m.updated_at,
  (SELECT c.permalink FROM card c
    WHERE c.workspace = ${WORKSPACE} AND c.escalation_id = m.id AND c.place = m.channel) AS permalink, ${STEPS_COLUMN}`;
/** Each by its key, after it is known which. */
const REST = `CROSS JOIN ${byKey("opened", "id = m.id")} o CROSS JOIN ${byKey("agent", "id = o.agent_id")} a`;
/** Where they come from: whatever is open or has ended. */
export const ESCALATIONS = `moving m ${REST}`;
/** The same of those that a table `ids` names. */
export const escalationsOf = (ids: string): string => `${ids} CROSS JOIN ${byKey("moving", "id = ids.id")} m ${REST}`;
/** The same of the rows of `live` that a CTE `m` has locked. */
export const LOCKED_ONES = `m ${REST}`;

/** Whether it is the row that is at fault: one of a newer version, or a damaged one. */
export const isUnreadable = (error: unknown): boolean => error instanceof z.ZodError;

/** What was opened, as it was written: the request (checked when it was submitted) and what the policy said of it first. */
const Opened = z.object({
  request: z.custom<EscalationRequest>((value) => typeof value === "object" && value !== null),
  ruling: Ruling,
});

const Sealed = z.object({ content: z.instanceof(Buffer), audit_key: z.string() });

/** The canonical JSON that the first audit entry commits to. */
export function openedContent(row: unknown): string {
  const { content, audit_key } = Sealed.parse(row);
  try {
    return unseal(audit_key, content);
  } catch (error) {
    throw new z.ZodError([{ code: "custom", path: ["content"], message: String(error), input: undefined }]);
  }
}

export function parseEscalation(row: unknown): Escalation {
  const r = Row.parse(row);
  const opened = Opened.parse(JSON.parse(openedContent(row)));
  const { request } = opened;
  const ruling = r.ruling ?? opened.ruling;
  return {
    ...readProgress(r.progress, {
      id: r.id,
      round: r.round,
      request,
      ruling,
      actionDigest: r.action_digest,
      firstResponseAt: r.first_response_at,
      createdAt: r.created_at,
      endedAt: r.ended_at,
    }),
    steps: readSteps(r.audit_key, r.steps),
    id: r.id,
    agentId: r.agent_id,
    agentName: r.agent_name,
    agentOwner: r.agent_owner,
    kind: r.kind,
    state: r.state,
    version: r.version,
    revision: r.revision,
    round: r.round,
    request,
    ruling,
    actionDigest: r.action_digest,
    hasCheckpoint: r.has_checkpoint,
    permalink: r.permalink,
    slaAt: r.sla_at,
    deadline: r.deadline,
    dueAt: r.due_at,
    stateSince: r.state_since,
    endedAt: r.ended_at,
    endedReason: r.ended_reason,
    reviewOf: r.review_of,
    createdAt: r.created_at,
    updatedAt: r.updated_at,
    auditKey: r.audit_key,
    auditSeq: r.audit_seq,
    auditHash: r.audit_hash,
  };
}
