import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../../domain/clock.ts";
import type { AgentRun, AgentsDesk, StepKind } from "./desk.ts";
import { SCRIPTS, type Script } from "./examples.ts";

/** The sample agents behind the page: real clients of the HTTP API. They submit, wait, answer questions, resume, act (on paper) and report. */
export const SAMPLE_AGENTS = ["refund-agent", "cloud-agent", "email-agent"] as const;
export type DeskOptions = { apiUrl: string; keys: Record<string, string>; clock: Clock };

type Shown = {
  id: string;
  state: string;
  disposition: string;
  revision: number;
  tier: string;
  ended_reason: string | null;
  action_digest: string;
  policy: { reasons: { detail: string }[] };
  messages: { from: string; text: string }[];
  execution: { token: string } | null;
  decision: Decision | null;
};
type Decision = {
  type: string;
  source: string;
  reason: string | null;
  action: { params: Record<string, unknown> } | null;
  action_digest: string;
  answer: { option: string | null; text: string | null } | null;
  result: string | null;
};
type Resumed = { decision: Decision; execution: { token: string } | null; checkpoint: unknown };

const RUNS_KEPT = 30;

export function createDesk(options: DeskOptions): AgentsDesk & { stop(): Promise<void> } {
  const runs: AgentRun[] = [];
  const listeners = new Set<() => void>();
  const stopped = new AbortController();
  const under = new Set<Promise<void>>();
  let counter = 0;
  const tell = () => {
    for (const listener of listeners) listener();
  };
  const note = (run: AgentRun, status: AgentRun["status"], kind: StepKind, text: string, detail?: unknown) => {
    run.status = status;
    run.steps.push({ at: options.clock.now().toISOString(), kind, text, ...(detail === undefined ? {} : { detail }) });
    tell();
  };
  return {
    examples: () => SCRIPTS.map(({ id, agent, title, about }) => ({ id, agent, title, about })),
    runs: () => runs,
    onChange: (listener) => void listeners.add(listener),
    run(exampleId) {
      const script = SCRIPTS.find((one) => one.id === exampleId);
      if (script === undefined) throw new Error(`no such example: ${exampleId}`);
      counter++;
      const run: AgentRun = {
        id: `run-${counter}`,
        example: script.id,
        agent: script.agent,
        title: script.title,
        startedAt: options.clock.now().toISOString(),
        escalationId: null,
        status: "sending",
        steps: [],
      };
      runs.unshift(run);
      runs.splice(RUNS_KEPT);
      const work = follow(
        options,
        script,
        (status, kind, text, detail) => note(run, status, kind, text, detail),
        run,
        stopped.signal,
      )
        .catch((error: unknown) => {
          if (!stopped.signal.aborted) note(run, "failed", "error", error instanceof Error ? error.message : String(error));
        })
        .finally(() => under.delete(work));
      under.add(work);
      return { runId: run.id };
    },
    async stop() {
      stopped.abort();
      await Promise.all(under);
    },
  };
}

type Note = (status: AgentRun["status"], kind: StepKind, text: string, detail?: unknown) => void;

/** One agent, from its request to the end. */
async function follow(options: DeskOptions, script: Script, note: Note, run: AgentRun, stopped: AbortSignal): Promise<void> {
  const call = createCall(options.apiUrl, options.keys[script.agent] ?? "", stopped);
  note("sending", "sent", "Asks Countersign before it acts", script.request);
  let shown = await call<Shown>("POST", "/v1/escalations", { ...script.request, session_id: run.id });
  run.escalationId = shown.id;
  note(
    shown.disposition === "proceed" ? "proceeding" : "waiting",
    "answer",
    `${shown.tier.replaceAll("_", " ")}: ${shown.policy.reasons[0]?.detail ?? ""}`,
    shown.policy,
  );
  if (shown.disposition === "proceed") return act(call, note, shown.id, shown.execution?.token ?? "", shown.action_digest);
  note("waiting", "waits", "Waits for a person. Its work is saved; it could crash and come back");
  let answered = 0;
  while (shown.state === "paused_pending_human") {
    shown = await call<Shown>("GET", `/v1/escalations/${shown.id}?wait=25&since=${shown.revision}`);
    const questions = shown.messages.filter((message) => message.from === "reviewer").length;
    if (questions > answered && shown.state === "paused_pending_human") {
      answered = questions;
      note("waiting", "got", `Was asked: ${shown.messages.at(-1)?.text ?? ""}`);
      shown = await call<Shown>("POST", `/v1/escalations/${shown.id}/messages`, { text: script.reply });
      note("waiting", "sent", `Answered: ${script.reply}`);
    }
  }
  await takeUp(call, note, shown, run);
}

async function takeUp(call: Call, note: Note, shown: Shown, run: AgentRun): Promise<void> {
  if (shown.decision === null) return note("failed", "got", `Ended without a decision: ${shown.ended_reason ?? shown.state}`);
  const resumed = await call<Resumed>("POST", `/v1/escalations/${shown.id}/resume`, { claim_id: run.id });
  const { decision, execution } = resumed;
  const who =
    decision.source === "timeout" ? "Nobody answered in time" : `A person decided: ${decision.type.replaceAll("_", " ")}`;
  note("resuming", "got", who, decision);
  if (execution === null) {
    const words = decision.answer?.text ?? decision.answer?.option ?? decision.result ?? decision.reason;
    return note(
      "done",
      "did",
      decision.type === "reject" ? `Did not do it${words ? `: “${words}”` : ""}` : `Goes on with: ${words ?? "the answer"}`,
    );
  }
  await act(call, note, shown.id, execution.token, decision.action_digest, decision.action?.params);
}

/** The act itself happens on paper; the report names exactly what was done, by digest. */
async function act(
  call: Call,
  note: Note,
  id: string,
  token: string,
  digest: string,
  params?: Record<string, unknown>,
): Promise<void> {
  await sleep(600);
  note("resuming", "did", params === undefined ? "Does it" : `Does it with ${JSON.stringify(params)}`);
  const ended = await call<Shown>("POST", `/v1/escalations/${id}/outcome`, {
    status: "completed",
    execution_token: token,
    executed_action_digest: digest,
    detail: "done by the sample agent",
  });
  note("done", "sent", `Reported the outcome: ${ended.ended_reason ?? ended.state}`);
}

type Call = <T>(method: "GET" | "POST", path: string, body?: unknown) => Promise<T>;

function createCall(apiUrl: string, key: string, stopped: AbortSignal): Call {
  return async <T>(method: "GET" | "POST", path: string, body?: unknown) => {
    for (let attempt = 0; ; attempt++) {
      const response = await fetch(`${apiUrl}${path}`, {
        method,
        headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
        signal: stopped,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (response.ok) return (await response.json()) as T;
      const problem = (await response.json().catch(() => ({}))) as { detail?: string };
      if (response.status !== 503 || attempt >= 10) throw new Error(`${response.status}: ${problem.detail ?? "no answer"}`);
      await sleep(500);
    }
  };
}
