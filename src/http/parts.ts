import type { Pool } from "pg";
import type { Logger } from "pino";
import type { Directory } from "../domain/directory.ts";
import type { Engine } from "../engine/engine.ts";

/** What the HTTP edge is built from. */
export type HttpParts = {
  engine: Engine;
  pool: Pool;
  log: Logger;
  directory: () => Directory;
  /** Local mode: loopback callbacks are allowed. */
  local: boolean;
  /** Faults that keep `/readyz` from saying yes, each one line with the mend; empty = ready. */
  readiness: () => Promise<string[]>;
  metrics: { text(): Promise<string>; contentType: string };
  /** `open`: loopback, no token needed. `closed`: no token set on another interface, so there is no such page. */
  metricsAccess: { kind: "open" } | { kind: "closed" } | { kind: "token"; token: string };
};
