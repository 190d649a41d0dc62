import type { Clock } from "../../domain/base/clock.ts";
import { createCall } from "./call.ts";
import type { AgentRun, AgentsDesk, OwnWork } from "./desk.ts";
import { SCRIPTS, type Script } from "./examples.ts";
import { beginAgain, goOn, type Note, type Shown, sessionOf, type Worker } from "./follow.ts";

import { createOwnWork } from "./own-work.ts";

/**
 * The sample agents behind the page: real clients of the HTTP API. They submit, wait, answer questions, resume, act (on paper)
 * and report.
 */
export const SAMPLE_AGENTS = ["refund-agent", "cloud-agent", "email-agent"] as const;
/** `now`: the time that deadlines are judged by, where it can be moved ahead of the clock. */
export type DeskOptions = {
  apiUrl: string;
  keys: Record<string, string>;
  clock: Clock;
  readOwn?: () => Promise<OwnWork[]>;
  now?: () => Promise<Date>;
};

const RUNS_KEPT = 30;
/** In these an escalation can still be open for its agent; a timed-out one until its answer was fetched. */
const OPEN_STATES = ["paused_pending_human", "human_responded", "resuming", "timed_out", "running"] as const;

export function createDesk(options: DeskOptions): AgentsDesk & { stop(): Promise<void> } {
  const runs: AgentRun[] = [];
  const listeners = new Set<() => void>();
  const stopped = new AbortController();
  const under = new Set<Promise<void>>();
  let counter = 0;
  const newRun = (script: Script, startedAt: string): Worker => {
    counter++;
    const { id: example, agent, title } = script;
    const run: AgentRun = {
      id: `run-${counter}`,
      example,
      agent,
      title,
      startedAt,
      escalationId: null,
      status: "sending",
      became: null,
      steps: [],
    };
    runs.unshift(run);
    runs.splice(RUNS_KEPT);
    const note: Note = (status, kind, text, detail) => {
      run.status = status;
      run.steps.push({ at: options.clock.now().toISOString(), kind, text, ...(detail === undefined ? {} : { detail }) });
      for (const listener of listeners) listener();
    };
    const call = createCall(options.apiUrl, options.keys[agent] ?? "", stopped.signal);
    return { call, note, script, run, stopped: stopped.signal };
  };
  const track = (worker: Worker, started: Promise<void>) => {
    const work = started
      .catch((error: unknown) => {
        if (!stopped.signal.aborted) worker.note("failed", "error", error instanceof Error ? error.message : String(error));
      })
      .finally(() => under.delete(work));
    under.add(work);
  };
  const comeBack = async () => {
    for (const { script, shown } of await findOpen(options, stopped.signal)) {
      const worker = newRun(script, shown.created_at);
      worker.run.escalationId = shown.id;
      worker.note("waiting", "waits", "Was started again and found this open, by asking the API", shown);
      track(worker, goOn(worker, shown));
    }
  };
  const own = createOwnWork(options.readOwn ?? (async () => []), () => {
    for (const listener of listeners) listener();
  });
  // Without this look they only lose sight of older work: new runs go on, so its failure stops nobody.
  const back = comeBack().catch(() => {});
  return {
    examples: () => SCRIPTS.map(({ id, agent, title, about }) => ({ id, agent, title, about })),
    runs: () => runs,
    own: () => own.shown(),
    onChange: (listener) => void listeners.add(listener),
    run(exampleId) {
      const script = SCRIPTS.find((one) => one.id === exampleId);
      if (script === undefined) throw new Error(`no such example: ${exampleId}`);
      const worker = newRun(script, options.clock.now().toISOString());
      // After the look for older work, which would else find this one and follow it twice.
      track(
        worker,
        back.then(async () => beginAgain(worker, (await options.now?.()) ?? options.clock.now())),
      );
      return { runId: worker.run.id };
    },
    async stop() {
      stopped.abort();
      await own.stop();
      await back;
      await Promise.all(under);
    },
  };
}

type Open = { script: Script; shown: Shown };

/**
 * What an agent finds that was started again: its own open escalations, oldest first, each with the example its session names.
 */
async function findOpen(options: DeskOptions, stopped: AbortSignal): Promise<Open[]> {
  const found: Open[] = [];
  for (const agent of SAMPLE_AGENTS) {
    const call = createCall(options.apiUrl, options.keys[agent] ?? "", stopped);
    const list = async (query: string) => (await call<{ items: Shown[] }>("GET", `/v1/escalations?${query}`)).items;
    for (const state of OPEN_STATES) {
      if ((await list(`state=${state}&limit=1`)).length === 0) continue;
      for (const script of SCRIPTS.filter((one) => one.agent === agent)) {
        const items = await list(`state=${state}&session_id=${encodeURIComponent(sessionOf(script))}&limit=${RUNS_KEPT}`);
        found.push(
          ...items.filter((shown) => shown.ended_at === null && shown.review_of === null).map((shown) => ({ script, shown })),
        );
      }
    }
  }
  return found.sort((a, b) => a.shown.created_at.localeCompare(b.shown.created_at));
}
