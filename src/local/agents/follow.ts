import { setTimeout as sleep } from "node:timers/promises";
import type { Call } from "./call.ts";
import type { AgentRun, StepKind } from "./desk.ts";
import type { Script } from "./examples.ts";
import { doSteps } from "./plan.ts";
import { doMeanwhile, heedReview } from "./soft-review.ts";

/**
 * One agent, from its request to the end. It remembers nothing between two calls: which example it works on stands in the session
 * id and in the checkpoint, everything else in the escalation. So it can be killed at any point and go on from what the API says.
 */
export type Note = (status: AgentRun["status"], kind: StepKind, text: string, detail?: unknown) => void;
export type Worker = { call: Call; note: Note; script: Script; run: AgentRun; stopped: AbortSignal };
export type Shown = {
  id: string;
  state: string;
  disposition: string;
  revision: number;
  tier: string;
  created_at: string;
  ended_at: string | null;
  review: { unconfirmed: string } | null;
  ended_reason: string | null;
  action_digest: string;
  policy: { reasons: { detail: string }[] };
  messages: { from: string; text: string }[];
  review_of: string | null;
  decision: Decision | null;
};
type Decision = {
  type: string;
  source: string;
  reason: string | null;
  action: { params: Record<string, unknown> } | null;
  content: string | null;
  plan?: { steps: { id: string; action: { params?: Record<string, unknown> } }[] };
  action_digest: string;
  answer: { option: string | null; text: string | null } | null;
  result: string | null;
};
export type Resumed = {
  decision: Decision | null;
  execution: { token: string } | null;
  /** Of a plan: the right to run each step that was not reported yet. */
  steps?: { id: string; action_digest: string; execution: { token: string } }[];
  checkpoint: unknown;
  undo: { how: string | null } | null;
};

export const sessionOf = (script: Script): string => `sample:${script.id}`;
/** What may be ended for good has a session of its own each time. */
const sessionOfRun = ({ script, run }: Worker): string =>
  script.asksAgain ? `${sessionOf(script)}:${run.startedAt}` : sessionOf(script);

const ROUNDS_MAX = 10;

/** One that learns nothing from a no, until somebody stops it. */
export async function beginAgain(worker: Worker, now: Date): Promise<void> {
  for (let round = 0; round < ROUNDS_MAX; round++) {
    await begin(worker, now);
    if (worker.script.asksAgain !== true || worker.run.became !== "not done: rejected") return;
  }
}

async function begin(worker: Worker, now: Date): Promise<void> {
  const { call, note, script, run } = worker;
  const request = justSeen(script.request, now);
  note("sending", "sent", "Asks Countersign before it acts", request);
  const shown = await call<Shown>("POST", "/v1/escalations", {
    ...request,
    session_id: sessionOfRun(worker),
    checkpoint: { ...(script.request["checkpoint"] as object | undefined), example: script.id },
  });
  run.escalationId = shown.id;
  const proceeds = shown.disposition.startsWith("proceed");
  const ruled = `${shown.tier.replaceAll("_", " ")}: ${shown.policy.reasons[0]?.detail ?? ""}`;
  note(proceeds ? "proceeding" : "waiting", "answer", ruled, shown.policy);
  if (!proceeds) note("waiting", "waits", "Waits for a person. Its work is saved; it could crash and come back");
  await goOn(worker, shown);
}

/** The agent has looked at what it shows right before it asks. */
function justSeen(request: Record<string, unknown>, now: Date): Record<string, unknown> {
  const brief = request["brief"] as { evidence?: object[] };
  if (brief.evidence === undefined) return request;
  const evidence = brief.evidence.map((one) => ({ ...one, observed_at: now.toISOString() }));
  return { ...request, brief: { ...brief, evidence } };
}

/** From whatever state the escalation is in: the same steps whether the agent has just asked or has just been started again. */
export async function goOn(worker: Worker, found: Shown): Promise<void> {
  const { call, note, script } = worker;
  let shown = found;
  while (shown.state === "paused_pending_human") {
    if (await doMeanwhile(worker, shown, act)) {
      note("waiting", "waits", "Has done it. People confirm it, or have it undone");
      shown = await call<Shown>("GET", `/v1/escalations/${shown.id}`);
      continue;
    }
    const asked = shown.messages.at(-1);
    if (asked?.from === "reviewer") {
      note("waiting", "got", `Was asked: ${asked.text}`);
      shown = await call<Shown>("POST", `/v1/escalations/${shown.id}/messages`, { text: script.reply });
      note("waiting", "sent", `Answered: ${script.reply}`);
    } else shown = await call<Shown>("GET", `/v1/escalations/${shown.id}?wait=25&since=${shown.revision}`);
  }
  await takeUp(worker, shown);
}

async function takeUp(worker: Worker, shown: Shown): Promise<void> {
  const { call, note, script } = worker;
  if (shown.review !== null && shown.decision !== null) return heedReview(worker, shown);
  if (shown.decision === null && shown.state !== "running")
    return note("failed", "got", `Ended without a decision: ${shown.ended_reason ?? shown.state}`);
  // The right to run comes from here alone, whoever decided. The same claim after a crash: it is the same agent, and gets the
  // same answer.
  const resumed = await call<Resumed>("POST", `/v1/escalations/${shown.id}/resume`, { claim_id: `sample agent of ${shown.id}` });
  const { decision, execution, checkpoint } = resumed;
  if (decision === null) {
    if (await doSteps(worker, shown.id, resumed)) return;
    if (execution !== null) await act(worker, shown.id, execution.token, shown.action_digest);
    return;
  }
  const who =
    decision.source === "timeout" ? "Nobody answered in time" : `A person decided: ${decision.type.replaceAll("_", " ")}`;
  note("resuming", "got", who, { decision, checkpoint });
  if (await doSteps(worker, shown.id, resumed)) return;
  if (execution !== null) {
    const what = decision.content ?? decision.action?.params;
    return act(worker, shown.id, execution.token, decision.action_digest, what);
  }
  const words = answerWords(script, decision) ?? decision.result ?? decision.reason;
  worker.run.became = becameOf(decision);
  if (decision.type === "reject") note("done", "did", `Did not do it${words ? `: “${words}”` : ""}`);
  else note("done", "did", `Goes on with: ${words ?? "the answer"}`);
}

/** What was chosen in the words of the question, and what was written beside it. */
function answerWords(script: Script, { answer }: Decision): string | null {
  if (answer === null) return null;
  const options = (script.request["question"] as { options?: { id: string; label: string }[] } | undefined)?.options ?? [];
  const chosen = options.find((option) => option.id === answer.option)?.label ?? answer.option;
  const words = [chosen, answer.text].filter((one) => one !== null && one !== "");
  return words.length === 0 ? null : words.join(" – ");
}

function becameOf(decision: Decision): string {
  if (decision.source === "timeout") return "not done: timed out";
  if (decision.type === "reject") return "not done: rejected";
  return decision.type === "take_over" ? "done by a person" : "answered";
}

function didWords(what: Record<string, unknown> | string | undefined): string {
  if (typeof what === "string") return `Uses this text: ${what}`;
  return what === undefined ? "Does it" : `Does it with ${JSON.stringify(what)}`;
}

/** The act itself happens on paper; the report names exactly what was done, by digest. */
async function act(
  worker: Worker,
  id: string,
  token: string,
  digest: string,
  what?: Record<string, unknown> | string,
): Promise<void> {
  const { call, note, run, stopped } = worker;
  await sleep(600, undefined, { signal: stopped });
  note("resuming", "did", didWords(what));
  const ended = await call<Shown>("POST", `/v1/escalations/${id}/outcome`, {
    status: "completed",
    execution_token: token,
    executed_action_digest: digest,
    detail: "done by the sample agent",
  });
  const reason = ended.ended_reason ?? ended.state;
  run.became = reason === "executed" ? "done" : reason.replaceAll("_", " ");
  note("done", "sent", `Reported the outcome: ${reason}`);
}
