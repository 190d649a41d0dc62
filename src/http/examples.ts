import { digestOf } from "../domain/shapes/canonical.ts";

/** One call and its answer for each route, along the road of one refund: the examples of the published contract. */
const ID = "esc_1M7QY4bknP37ber43jSk2hPK";
const POLICY = "sha256:0d1f8f7a2b9c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6";
const CREATED = "2026-11-24T10:00:00.000Z";
const DECIDED = "2026-11-24T10:04:31.000Z";
const REASONS = [{ rule: "large refunds", tier: "hard_approval", detail: "amount over 500" }];

const action = { type: "payments.refund", params: { order_id: "A-1", amount: 750, currency: "USD" }, target: "customer/17" };
const changed = { ...action, params: { ...action.params, amount: 700 } };

/** What was asked for, and what a person made of it. */
const ASKED = digestOf(action);
const DIGEST = digestOf(changed);

const request = {
  schema_version: "1",
  kind: "action",
  action: {
    ...action,
    title: "Refund USD 750.00 to customer 17",
    params_schema: { properties: { amount: { type: "number", minimum: 0.01, maximum: 750 } }, required: ["amount"] },
  },
  brief: {
    accomplished: ["Verified the order and the delivery scan"],
    decision_required: "Refund in full although the parcel arrived late, not damaged?",
    trigger: { kind: "policy", detail: "amount over 500" },
    evidence: [{ title: "Order A-1", url: "https://shop.example/orders/A-1" }],
  },
  signals: { confidence: 0.7 },
  session_id: "run-77",
  checkpoint: { step: "refund" },
};

const waiting = {
  id: ID,
  kind: "action",
  state: "paused_pending_human",
  tier: "hard_approval",
  disposition: "wait",
  version: 1,
  revision: 1,
  round: 1,
  session_id: "run-77",
  step_id: null,
  parent: null,
  on_behalf_of: null,
  queue: "payments",
  sla_at: "2026-11-24T10:15:00.000Z",
  deadline: "2026-11-24T11:00:00.000Z",
  action_digest: ASKED,
  policy: { version: POLICY, reasons: REASONS },
  decision: null,
  past_decisions: [],
  messages: [],
  execution: null,
  outcome: null,
  review: null,
  ended_at: null,
  ended_reason: null,
  review_of: null,
  permalink: "https://northwind.slack.com/archives/C0PAYMENTS/p1796047200000100",
  created_at: CREATED,
  updated_at: CREATED,
};

const decision = {
  type: "modify",
  source: "human",
  decided_at: DECIDED,
  reason_code: null,
  reason: "Shipping is not refundable",
  votes: [
    {
      user_id: "U0PRIYA",
      team_id: "T0LOCAL",
      verdict: "modify",
      at: DECIDED,
      reason: "Shipping is not refundable",
      as: "a reviewer",
    },
  ],
  action: changed,
  action_digest: DIGEST,
  modification: [{ op: "replace", path: "/params/amount", from: 750, value: 700 }],
  answer: null,
  content: null,
  approved_steps: null,
  result: null,
};
const decided = {
  ...waiting,
  state: "human_responded",
  disposition: "resume",
  version: 2,
  revision: 3,
  action_digest: DIGEST,
  decision,
  updated_at: DECIDED,
};
const outcome = {
  status: "completed",
  executed_action_digest: DIGEST,
  detail: null,
  result: { refund: "re_9" },
  reported_at: DECIDED,
};
const ended = {
  ...decided,
  state: "completed",
  disposition: "done",
  revision: 5,
  outcome,
  ended_at: DECIDED,
  ended_reason: "executed",
};
const TAINT = { kind: "untrusted_content", source: "mail from outside" };
const session = {
  id: "run-77",
  agent: "refund-agent",
  directive: "replan",
  stopped: true,
  reason: "Refund the second order only",
  by: "U0PRIYA",
  at: CREATED,
  acknowledged_at: null,
  taints: [],
  open: [],
  counts: { completed: 2 },
};
const planUnderWay = {
  ...decided,
  kind: "plan",
  state: "resuming",
  disposition: "claimed",
  revision: 4,
  plan: {
    steps: [
      {
        id: "refund",
        title: "Refund the order",
        action: { type: "payments.refund", params: { order_id: "A-1", amount: 1200, currency: "USD" } },
        action_digest: DIGEST,
        tier: "hard_approval",
        reasons: waiting.policy.reasons,
        state: "completed",
        needs_own_approval: null,
        rejected_because: null,
        outcome: { status: "completed", executed_action_digest: DIGEST, detail: null, result: null, reported_at: DECIDED },
      },
    ],
  },
};
const message = { from: "agent", user_id: null, text: "It is order A-1, delivered on the 20th.", at: CREATED };

/** By method and path, as the document names them. */
export const EXAMPLES: Readonly<Record<string, { sent?: unknown; answered: unknown }>> = {
  "POST /v1/escalations": { sent: request, answered: waiting },
  "GET /v1/escalations": { answered: { items: [waiting], next_cursor: null } },
  "GET /v1/escalations/{id}": { answered: decided },
  "POST /v1/escalations/{id}/messages": {
    sent: { text: message.text },
    answered: { ...waiting, revision: 2, messages: [message] },
  },
  "POST /v1/escalations/{id}/resume": {
    sent: { claim_id: "worker-3/7f1c", preconditions: [] },
    answered: {
      id: ID,
      state: "resuming",
      decision,
      checkpoint: { step: "refund" },
      execution: { token: "ext_…", attempt: 1, idempotency_key: `${ID}:1`, expires_at: "2026-11-24T10:19:40.000Z" },
      outcome: null,
      undo: null,
    },
  },
  "POST /v1/escalations/{id}/outcome": {
    sent: { status: "completed", execution_token: "ext_…", executed_action_digest: DIGEST, result: { refund: "re_9" } },
    answered: ended,
  },
  "POST /v1/escalations/{id}/steps/{step}/outcome": {
    sent: { status: "completed", execution_token: "ext_…", executed_action_digest: DIGEST },
    answered: planUnderWay,
  },
  "POST /v1/escalations/{id}/flag": {
    sent: { text: "Ran at an hour at which this never runs" },
    answered: { id: ID, flagged_by: "night-watch", flagged_at: DECIDED },
  },
  "POST /v1/escalations/{id}/cancel": {
    sent: { reason: "The customer withdrew the claim" },
    answered: { ...waiting, state: "completed", disposition: "done", revision: 2, ended_at: DECIDED, ended_reason: "cancelled" },
  },
  "GET /v1/escalations/{id}/audit": {
    answered: {
      stream: `escalation/${ID}`,
      items: [{ seq: 1, hash: "9c1e…", body: { event: "opened", at: CREATED }, payload: null }],
    },
  },
  "GET /v1/sessions/{session_id}": { answered: session },
  "POST /v1/sessions/{session_id}/taints": {
    sent: { taints: [TAINT] },
    answered: { ...session, directive: "continue", stopped: false, reason: null, by: null, at: null, taints: [TAINT] },
  },
  "POST /v1/sessions/{session_id}/acknowledge": { answered: { ...session, stopped: false, acknowledged_at: DECIDED } },
  "POST /v1/policy/evaluate": {
    sent: request,
    answered: {
      tier: "hard_approval",
      disposition: "wait",
      policy: { version: POLICY, reasons: REASONS },
      queue: "payments",
      reviewers: [{ user_id: "U0PRIYA", name: "Priya" }],
    },
  },
};
