import type { Pool } from "pg";
import { type Arrival, finishSent } from "../../store/finish.ts";
import { despiteDeadlock } from "../../store/pool.ts";
import { type Beginning, begin, takeBack } from "../../store/sends.ts";
import { BATCHES } from "../commands/commit.ts";
import { coalesce } from "../loops/group-commit.ts";

/** About what one of them holds while it waits. */
const WAITING_BYTES = 512;

/** All sends that begin, or that have arrived, in the same moment: one statement for the ones, and one for the others. */
export type Together = { begin(beginning: Beginning): Promise<boolean>; finish(arrival: Arrival): Promise<void> };

/**
 * Where a send begins, the lease has `leftS` to last, and it begins within `withinMs` or not at all: a process that stood still
 * after it had asked would send into a lane that is somebody else's by then.
 */
export type Begins = { leftS: number; withinMs: number };

/**
 * `owed` is told the lanes in which something is
 * owed because of what has arrived.
 */
type Parts = { pool: Pool; deliverer: string; begins: Begins; owed: (lanes: readonly string[]) => void };

export function createTogether({ pool, deliverer, begins, owed }: Parts): Together {
  const alike = { kindOf: () => "", bytesOf: () => WAITING_BYTES };
  return {
    begin: coalesce<Beginning, boolean>(
      {
        ...alike,
        keyOf: ({ id }) => String(id),
        async run(beginnings) {
          const askedMs = performance.now();
          const begun = await despiteDeadlock(() => begin(pool, deliverer, begins.leftS, beginnings));
          const isLate = performance.now() - askedMs > begins.withinMs;
          if (isLate) await takeBack(pool, begun);
          return beginnings.map(({ id }) => begun.has(id) && !isLate);
        },
      },
      BATCHES,
    ),
    finish: coalesce<Arrival, void>(
      {
        ...alike,
        keyOf: ({ delivery }) => String(delivery.id),
        async run(arrivals) {
          owed(await despiteDeadlock(() => finishSent(pool, arrivals)));
          return arrivals.map(() => undefined);
        },
      },
      BATCHES,
    ),
  };
}
