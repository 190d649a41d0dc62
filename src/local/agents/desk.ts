/** The agents' side of the page: which examples there are, and what each run has sent, waits for, got back and did. */
export type Example = { id: string; agent: string; title: string; about: string };
export type StepKind = "sent" | "answer" | "waits" | "got" | "did" | "error";
export type Step = { at: string; kind: StepKind; text: string; detail?: unknown };
export type RunStatus = "sending" | "waiting" | "proceeding" | "resuming" | "done" | "failed";
export type AgentRun = {
  id: string;
  example: string;
  agent: string;
  title: string;
  startedAt: string;
  escalationId: string | null;
  status: RunStatus;
  /** What became of it, in a few words, once it has ended. */
  became: string | null;
  steps: Step[];
};
/**
 * What an agent that is no sample has asked for: shown, never followed. `next`: the call that comes next, to paste; null once it
 * has ended.
 */
export type OwnWork = {
  id: string;
  agent: string;
  title: string;
  state: string;
  next: { words: string; command: string } | null;
};
export type AgentsDesk = {
  examples(): Example[];
  run(exampleId: string): { runId: string };
  runs(): AgentRun[];
  own(): OwnWork[];
  onChange(listener: () => void): void;
};
