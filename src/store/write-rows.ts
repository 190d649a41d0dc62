import { priorityOf } from "../domain/paging/priority.ts";
import { canonicalJson } from "../domain/shapes/canonical.ts";
import type { Escalation } from "../domain/shapes/escalation.ts";
import { submittedAction } from "../domain/shapes/request.ts";
import { linesOf } from "./audit.ts";
import { digestBytes } from "./digest.ts";
import { storedProgress } from "./progress.ts";
import { seal } from "./sealed.ts";
import { bucketRow } from "./velocity.ts";
import type { Write } from "./write.ts";

/** What a write says, as the rows of its statement: each function gives what one of its JSON arrays holds. */
function changing({ before, after, configuration, clockOffsetMs }: Write) {
  return {
    id: after.id,
    configuration,
    // As late as can be: whatever this waited for until now is no error of the clock.
    believed_now: clockOffsetMs === null ? null : new Date(performance.now() + clockOffsetMs),
    state: after.state,
    tier: after.ruling.tier,
    version: after.version,
    revision: after.revision,
    round: after.round,
    queue: after.ruling.queue,
    channel: after.ruling.channel,
    action_digest: digestBytes(after.actionDigest),
    // Most changes leave the ruling alone: it stands where it was opened.
    ruling: after.ruling === before?.ruling ? null : after.ruling,
    progress: storedProgress(after),
    sla_at: after.slaAt,
    deadline: after.deadline,
    due_at: after.dueAt,
    state_since: after.stateSince,
    ended_at: after.endedAt,
    ended_reason: after.endedReason,
    audit_seq: after.auditSeq,
    audit_hash: hexBytes(after.auditHash),
    updated_at: after.updatedAt,
    first_response_at: after.firstResponseAt,
  };
}

export function changeRow(write: Write): object {
  return {
    ...changing(write),
    expected: write.before?.revision,
    expected_hash: hexBytes(write.before?.auditHash ?? ""),
    only_before: write.onlyBefore,
  };
}

export function openingRow(write: Write): object {
  const { after, opening } = write;
  if (opening === null) throw new Error("an opening write without its opening facts");
  const action = submittedAction(after.request);
  return {
    ...changing(write),
    agent_id: after.agentId,
    kind: after.kind,
    action_type: action?.type ?? null,
    session_id: after.request.session_id ?? null,
    content: sealed(after, opening.content, "opening"),
    checkpoint: opening.checkpoint === null ? null : sealed(after, canonicalJson(opening.checkpoint), "anything"),
    // Left out of nearly every row.
    media: opening.media.length === 0 ? undefined : sealed(after, canonicalJson(opening.media), "anything"),
    review_of: after.reviewOf,
    idempotency_key: opening.idempotencyKey,
    key: hexBytes(after.auditKey),
    created_at: after.createdAt,
    priority: priorityOf(after, after.createdAt).class,
  };
}

/** How Postgres reads bytes from a text. */
const hexBytes = (hex: string): string => `\\x${hex}`;

const sealed = ({ auditKey }: Escalation, text: string, as: Parameters<typeof seal>[2]): string =>
  hexBytes(seal(auditKey, text, as).toString("hex"));

/** One row for all that is written together, and one for what is private about it and stands nowhere else. */
export function auditRows({ after, entries }: Write) {
  const last = entries.at(-1);
  if (last === undefined) return [];
  const beside = entries.map(({ private: hidden }) => (hidden?.kept === "beside" ? hidden.text : ""));
  const content = beside.some((text) => text !== "") ? sealed(after, linesOf(beside), "drawing") : null;
  const body = linesOf(entries.map((entry) => entry.body));
  return [{ id: after.id, seq: last.seq, body, hash: hexBytes(last.hash), content }];
}
export const voteRows = ({ before, after, votes }: Write) =>
  votes.map((vote) => ({
    id: after.id,
    round: before?.round ?? 1,
    version: vote.version,
    user_id: vote.userId,
    team_id: vote.teamId,
    verdict: vote.verdict,
    at: vote.at,
  }));
export const decisionRows = ({ before, after, decisions }: Write) =>
  decisions.map((decision) => ({
    id: after.id,
    round: decision.round,
    type: decision.type,
    source: decision.source,
    tier: after.ruling.tier,
    decided_at: decision.decidedAt,
    deadline: before?.deadline ?? decision.decidedAt,
  }));

/**
 * The sums by which something was judged, each once, and what is counted; null where it is neither. `partOf`: what falls together
 * where a sum has moved.
 */
export function countingRows(writes: readonly Write[], partOf: (write: Write) => string): object[][] | null {
  if (writes.every(({ judgedBy, counted }) => judgedBy.length + counted.length === 0)) return null;
  const sums = new Map<string, { part: string; sum: string; saw: string | null; last: string }>();
  for (const write of writes)
    for (const { sum, last } of write.judgedBy) {
      const part = partOf(write);
      const known = sums.get(sum);
      if (known !== undefined && known.part !== part)
        throw new Error("two changes were judged apart by one sum, and written together");
      sums.set(sum, { part, sum: hexBytes(sum), saw: last, last: `${write.after.id}/${write.after.revision}` });
    }
  const rows = writes.flatMap(({ after, counted }) =>
    counted.map((one) => ({ id: after.id, ...bucketRow(one), sum: hexBytes(one.sum) })),
  );
  return [[...sums.values()], rows];
}
