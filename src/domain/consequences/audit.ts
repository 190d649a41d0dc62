import { createHmac, hash } from "node:crypto";
import { canonicalJson, commitment, digestOf } from "../shapes/canonical.ts";
import type { Escalation } from "../shapes/escalation.ts";
import type { Actor, Event } from "../shapes/events.ts";
import { submittedAction } from "../shapes/request.ts";

/**
 * The audit scheme: per-stream hash chains over RFC 8785 bodies. A body holds ids, times, states
 * and actors, and salted commitments of everything private; the private values live beside it, erasable, and the chain still
 * verifies without them.
 */
const DOMAIN = "countersign.audit.v1";

const sha256 = (...parts: (string | Buffer)[]): Buffer =>
  hash("sha256", Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part))), "buffer");

/** h₀ of a stream: nothing precedes it. Hex. */
export function chainStart(stream: string): string {
  return sha256(DOMAIN, "\u0000", stream).toString("hex");
}

/** hᵢ = SHA-256(0x02 ‖ hᵢ₋₁ ‖ SHA-256(bodyᵢ)). Hex. */
export function chainNext(previous: string, body: string): string {
  return sha256(Buffer.from([2]), Buffer.from(previous, "hex"), sha256(body)).toString("hex");
}

/** One private value with the salt that its commitment in the body is keyed by. */
export type Secret = { salt: string; value: unknown };
export type AuditEntry = { stream: string; seq: number; at: Date; body: string; hash: string; secrets: Record<string, Secret> };

/** The salt of one private value of an escalation's stream: whoever has the key of the escalation can make all of them again. */
export const saltOf = (auditKey: string, seq: number, name: string): Buffer =>
  createHmac("sha256", Buffer.from(auditKey, "hex")).update(`${seq}:${name}`).digest();

/** What an opening commits to stands where it was opened; everything else private is kept beside the audit. */
export const KEPT_WITH_OPENING = ["request", "ruling"] as const;

/**
 * Builds the next entry of a stream. `salt()` gives the 32 bytes that a private value is committed under; undefined private
 * values are left out, and what stands `elsewhere` is committed to and not kept again.
 */
export function auditEntry(
  stream: string,
  head: { seq: number; hash: string },
  at: Date,
  facts: Record<string, unknown>,
  privates: Record<string, unknown>,
  salt: (seq: number, name: string) => Buffer,
  elsewhere: readonly string[] = [],
): AuditEntry {
  const seq = head.seq + 1;
  const secrets: Record<string, Secret> = {};
  const commitments: Record<string, string> = {};
  for (const [name, value] of Object.entries(privates)) {
    if (value === undefined || value === null) continue;
    const key = salt(seq, name);
    const plain = JSON.parse(JSON.stringify(value));
    if (!elsewhere.includes(name)) secrets[name] = { salt: key.toString("base64"), value: plain };
    commitments[name] = commitment(key, plain);
  }
  const body = canonicalJson(JSON.parse(JSON.stringify({ v: 1, stream, seq, at: at.toISOString(), ...facts, commitments })));
  const previous = head.seq === 0 ? chainStart(stream) : head.hash;
  return { stream, seq, at, body, hash: chainNext(previous, body), secrets };
}

/** The entry for one event on an escalation: who did what to which version, with what is private committed to and kept apart. */
export function escalationEntry(before: Escalation | null, after: Escalation, event: Event, actor: Actor, now: Date): AuditEntry {
  const facts = {
    event: event.type,
    actor,
    agent_id: after.agentId,
    session_id: after.request.session_id ?? null,
    action_type: submittedAction(after.request)?.type ?? null,
    kind: after.kind,
    tier: after.ruling.tier,
    policy_version: after.ruling.policyVersion,
    version: after.version,
    round: after.round,
    queue: after.ruling.queue,
    state: { from: before?.state ?? null, to: after.state, ended_reason: after.endedReason },
    ms_in_state: before === null ? 0 : Math.max(0, now.getTime() - before.stateSince.getTime()),
    ...publicFacts(event, after),
  };
  const head = before === null ? { seq: 0, hash: "" } : { seq: before.auditSeq, hash: before.auditHash };
  const salt = (seq: number, name: string) => saltOf(after.auditKey, seq, name);
  const elsewhere = event.type === "opened" ? KEPT_WITH_OPENING : [];
  return auditEntry(streamOf(after.id), head, now, facts, privateFacts(event, after), salt, elsewhere);
}

const STREAM = "escalation/";
export const streamOf = (escalationId: string): string => `${STREAM}${escalationId}`;
/** Of which escalation a stream is; null for those of the house. */
export const escalationOf = (stream: string): string | null => (stream.startsWith(STREAM) ? stream.slice(STREAM.length) : null);

/** Facts of an event that hold nothing guessable: who, which choice, when, which rendering. */
function publicFacts(event: Event, after: Escalation): Record<string, unknown> {
  switch (event.type) {
    case "opened":
      return {
        requested_at: after.createdAt.toISOString(),
        deadline: after.deadline?.toISOString() ?? null,
        review_of: after.reviewOf,
      };
    case "voted":
    case "modified":
      return { verdict: event.vote.verdict, reason_code: event.vote.reasonCode, seen: event.vote.seen };
    case "decided":
    case "timed_out":
      return {
        decision: event.decision?.type ?? null,
        source: event.decision?.source ?? null,
        decided_at: event.decision?.decidedAt.toISOString() ?? null,
      };
    case "paged": {
      const { step, label, userIds, token } = event.page;
      const skipped = event.skipped.map((one) => ({ label: one.label, not_paged: one.notPaged }));
      return { step, label, user_ids: userIds, not_paged: event.notPaged, skipped, token, due_at: event.page.due.toISOString() };
    }
    case "reminded":
      return { user_ids: event.userIds };
    case "batched":
      return { user_ids: event.userIds, window: event.window.toISOString() };
    case "claimed":
      return { until: event.until.toISOString() };
    case "extended":
      return { seconds: event.seconds, deadline: event.deadline.toISOString() };
    case "transferred":
      return { to_queue: event.to.queue, deadline: event.deadline.toISOString() };
    case "reopened":
      return { deadline: event.deadline.toISOString() };
    case "restored":
      return { restored_to: event.to.toISOString(), deadline: event.again?.deadline.toISOString() ?? null };
    case "resumed":
    case "regranted":
    case "started":
      return { attempt: event.execution.attempt, lease_until: event.execution.expiresAt.toISOString() };
    case "reached":
      return { via: event.via };
    case "lease_extended":
      return { lease_until: event.expiresAt.toISOString() };
    case "reported":
    case "reported_late":
      return { outcome: event.outcome.status };
    case "claim_lapsed":
      return { user_id: event.userId };
    case "vote_withdrawn":
      return { user_id: event.userId, why: event.why };
    case "requester_confirmed":
    case "requester_unknown":
      return { user_id: after.request.requested_by ?? null };
    case "asked":
    case "told":
    case "raised":
    case "taken_over":
    case "handed_back":
    case "released":
    case "lease_lapsed":
    case "expired":
    case "cancelled":
      return {};
    default:
      return unknown(event);
  }
}

function privateFacts(event: Event, after: Escalation): Record<string, unknown> {
  switch (event.type) {
    case "opened":
      return { request: after.request, ruling: after.ruling, subject_digest: after.actionDigest };
    case "voted":
      return { reason: event.vote.reason };
    case "modified":
      return {
        subject: event.action,
        steps: event.steps,
        reason: event.vote.reason,
        subject_digest: event.actionDigest,
        ruling: event.ruling,
      };
    case "asked":
    case "told":
      return { text: event.message.text };
    case "extended":
      return { reason: event.reason };
    case "raised":
      return { reason: event.reason, requirement: event.requirement };
    case "decided":
    case "timed_out":
      return { decision: event.decision };
    case "reopened":
      return { changed: event.changed };
    case "resumed":
    case "regranted":
    case "started":
      return { claim_id: event.claimId, token_digest: digestOf(event.execution.token) };
    case "reported":
    case "reported_late":
      return { outcome: event.outcome };
    case "cancelled":
      return { reason: event.reason };
    case "transferred":
      return { to: event.to };
    case "restored":
    case "requester_confirmed":
    case "requester_unknown":
    case "taken_over":
    case "handed_back":
    case "paged":
    case "reminded":
    case "batched":
    case "claimed":
    case "vote_withdrawn":
    case "released":
    case "claim_lapsed":
    case "lease_extended":
    case "lease_lapsed":
    case "reached":
    case "expired":
      return {};
    default:
      return unknown(event);
  }
}

/** Not a word of an event may be missing from the audit: one that is not listed above does not compile. */
function unknown(event: never): never {
  throw new Error(`the audit has no words for ${JSON.stringify(event)}`);
}

export type StoredEntry = { stream: string; seq: number; body: string; hash: string; secrets: Record<string, Secret> | null };
export type AuditFault = { stream: string; seq: number; fault: string };

/** Checks one stream from its first entry on: order, chain, and every commitment whose payload has not been erased. */
export function verifyStream(stream: string, entries: readonly StoredEntry[]): AuditFault[] {
  const faults: AuditFault[] = [];
  let previous = chainStart(stream);
  entries.forEach((entry, index) => {
    const fault = (text: string) => faults.push({ stream, seq: entry.seq, fault: text });
    if (entry.seq !== index + 1) fault(`expected entry ${index + 1}, found ${entry.seq}`);
    const hash = chainNext(previous, entry.body);
    if (hash !== entry.hash) fault("the hash does not follow from the entry before it");
    previous = entry.hash;
    for (const [name, said] of Object.entries(committed(entry.body))) {
      const secret = entry.secrets?.[name];
      if (secret !== undefined && commitment(Buffer.from(secret.salt, "base64"), secret.value) !== said)
        fault(`${name} is not what was committed to`);
    }
    for (const name of Object.keys(entry.secrets ?? {})) {
      if (!(name in committed(entry.body))) fault(`${name} was never committed to`);
    }
  });
  return faults;
}

function committed(body: string): Record<string, string> {
  const parsed: unknown = JSON.parse(body);
  if (typeof parsed !== "object" || parsed === null || !("commitments" in parsed)) return {};
  return parsed.commitments as Record<string, string>;
}
