import { readFileSync } from "node:fs";
import { decide } from "../../src/domain/life/decide.ts";
import { evolve } from "../../src/domain/life/evolve.ts";
import { openEscalation } from "../../src/domain/life/open.ts";
import { EMPTY_ROSTER, whoIsOnCall } from "../../src/domain/on-call/roster.ts";
import { pagingDue } from "../../src/domain/paging/run.ts";
import type { Person } from "../../src/domain/people/authority.ts";
import { judge } from "../../src/domain/policy/judge.ts";
import type { Command, Surroundings } from "../../src/domain/shapes/commands.ts";
import type { Escalation } from "../../src/domain/shapes/escalation.ts";
import type { Event } from "../../src/domain/shapes/events.ts";
import { isRefusal } from "../../src/domain/shapes/refusal.ts";
import { EscalationRequest } from "../../src/domain/shapes/request.ts";
import { parseConfig } from "../../src/settings/config.ts";

/** The example configuration and escalations judged by it, for tests of pure rules. */
const parsed = parseConfig(readFileSync("countersign.example.yaml", "utf8"));
if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
export const { policy, directory } = parsed.config;

export const NOW = new Date("2026-11-18T11:00:00Z");
const NONE = { count1h: 1, count24h: 1, sum1h: 0, sum24h: 0 };
export const noVelocity = { agent: NONE, target: NONE };

export function requestFor(type: string, params: Record<string, unknown>, more: Record<string, unknown> = {}): EscalationRequest {
  const { action = {}, ...rest } = more as { action?: object };
  return EscalationRequest.parse({
    schema_version: "1",
    kind: "action",
    action: { type, title: "t", params, ...action },
    brief: { decision_required: "?", trigger: { kind: "policy" } },
    signals: { confidence: 0.95, risk: 0, ood: 0 },
    ...rest,
  });
}

export function judged(request: EscalationRequest, agent = "cloud-agent", now = NOW) {
  return judge(policy, {
    request,
    agent: { name: agent, environment: agent === "cloud-agent" ? null : "production", owner: "U0OWEN" },
    now,
    velocity: noVelocity,
  });
}

export function opened(
  request: EscalationRequest,
  agent = "cloud-agent",
  now = NOW,
  ruling = judged(request, agent, now),
): Escalation {
  const event = openEscalation({
    id: "esc_00000000000000000001",
    agent: { id: "agt_1", name: agent, owner: "U0OWEN" },
    request,
    ruling,
    reviewOf: null,
    isSample: false,
    hasCheckpoint: false,
    traceparent: null,
    executionToken: "ext_0",
    auditKey: "0".repeat(64),
    claimId: "claim",
    now,
  });
  if (isRefusal(event) || event.type !== "opened") throw new Error(JSON.stringify(event));
  // As a submit does: what is due at once belongs to the opening.
  const at = { now, directory, onCall: (source: string) => whoIsOnCall(directory, EMPTY_ROSTER, source, now) };
  return pagingDue(event.escalation, at).reduce((current, due) => evolve(current, due, now), event.escalation);
}

export const person = (userId: string, account: Partial<NonNullable<Person["account"]>> = {}): Person => ({
  userId,
  teamId: "T0LOCAL",
  account: { deleted: false, bot: false, guest: false, stranger: false, teams: ["T0LOCAL"], ...account },
  accountAgeS: 0,
});

export function around(now: Date, escalation: Escalation, token = "ext_1"): Surroundings {
  return {
    now,
    directory,
    onCall: (source) => whoIsOnCall(directory, EMPTY_ROSTER, source, now),
    voters: new Map(escalation.votes.map((vote) => [vote.userId, person(vote.userId)])),
    executionToken: token,
    judgeAgain: (changed) => {
      const { request, agentName } = escalation;
      if (request.kind === "plan" && "steps" in changed) return judged({ ...request, plan: changed }, agentName, now);
      if (request.kind !== "action" || "steps" in changed) throw new Error("neither an action nor a plan");
      return judged({ ...request, action: { ...request.action, params: changed.params } }, agentName, now);
    },
  };
}

export const later = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000);
export const seen = (version = 1) => ({ version, digest: "sha256:x", complete: true });
export const approve = (user: string, version = 1): Command => ({
  type: "approve",
  by: person(user),
  seen: seen(version),
  reason: null,
});
export const apply = (e: Escalation, events: readonly Event[], now: Date): Escalation =>
  events.reduce((at, event) => evolve(at, event, now), e);
/** What a command makes of it; a refusal fails the test. */
export function run(e: Escalation, command: Command, now: Date, more: Partial<Surroundings> = {}): Escalation {
  const events = decide(e, command, { ...around(now, e), ...more });
  if (isRefusal(events)) throw new Error(events.detail);
  return apply(e, events, now);
}
