import type { Logger } from "pino";
import type { Directory } from "../domain/people/directory.ts";
import type { AgentRecord } from "../engine/agents.ts";
import type { Engine } from "../engine/engine.ts";
import type { Trace } from "../engine/trace.ts";

/** What the HTTP edge is built from. */
export type HttpParts = {
  engine: Engine;
  /** The agent behind a bearer key, or null. */
  authenticate: (key: string) => Promise<AgentRecord | null>;
  /** Whether a key is an active one, at next to no cost. */
  isActiveKey: (key: string) => Promise<boolean>;
  log: Logger;
  trace: Trace;
  directory: () => Directory;
  /** Local mode: loopback callbacks are allowed. */
  local: boolean;
  /** Faults that keep `/readyz` from saying yes, each one line with the mend; empty = ready. */
  readiness: () => Promise<string[]>;
  /** What `/readyz` mentions although it is ready. */
  notes: () => Promise<string[]>;
  metrics: { text(): Promise<string>; contentType: string };
  /** `loopback`: we listen there alone, and whoever asks on this machine itself needs no token where none is set. */
  metricsAccess: { token: string | null; loopback: boolean };
};
