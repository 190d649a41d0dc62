import type { Pool } from "pg";
import { LIMITS } from "../../domain/base/limits.ts";
import { type Arrival, finishSent } from "../../store/finish.ts";
import { despiteDeadlock } from "../../store/pool.ts";
import { type Beginning, begin, takeBack } from "../../store/sends.ts";
import { BATCHES } from "../commands/commit.ts";
import { isLocked } from "../loops/database-away.ts";
import { coalesce } from "../loops/group-commit.ts";
import { createPlaces } from "../loops/one-at-a-time.ts";

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
  const beginAll = async (beginnings: readonly Beginning[]): Promise<boolean[]> => {
    const askedMs = performance.now();
    const begun = await despiteDeadlock(() => begin(pool, deliverer, begins.leftS, beginnings));
    const isLate = performance.now() - askedMs > begins.withinMs;
    if (isLate) await takeBack(pool, begun);
    return beginnings.map(({ id }) => begun.has(id) && !isLate);
  };
  const finishAll = async (arrivals: readonly Arrival[]): Promise<undefined[]> => {
    owed(await despiteDeadlock(() => finishSent(pool, arrivals)));
    return arrivals.map(() => undefined);
  };
  return {
    begin: batched(beginAll, ({ id }) => String(id)),
    finish: batched(finishAll, ({ delivery }) => String(delivery.id)),
  };
}

const LOCKED = Symbol("somebody holds a row of this batch");

/** A row that somebody holds holds up only itself: of a batch that waited for one in vain, each goes its own way. */
function batched<In, Out>(
  run: (inputs: readonly In[]) => Promise<Out[]>,
  keyOf: (input: In) => string,
): (input: In) => Promise<Out> {
  const apart = createPlaces(LIMITS.lockedRows.value, LIMITS.lockedRowsQueue.value);
  const together = coalesce<In, Out | typeof LOCKED>(
    {
      kindOf: () => "",
      bytesOf: () => WAITING_BYTES,
      keyOf,
      async run(inputs) {
        try {
          return await run(inputs);
        } catch (error) {
          if (inputs.length > 1 && isLocked(error)) return inputs.map(() => LOCKED);
          throw error;
        }
      },
    },
    BATCHES,
  );
  return async (input) => {
    const out = await together(input);
    return out === LOCKED ? apart(async () => (await run([input]))[0] as Out) : out;
  };
}
