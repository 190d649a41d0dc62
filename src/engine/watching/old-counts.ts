import type { Pool } from "pg";
import { dropOldBuckets } from "../../store/velocity.ts";

const BATCH = 1000;
/** Together more than a busy day brings in the time between two rounds; what is left goes with the next. */
const BATCHES_MAX = 20;

/** What no velocity rule can ask for any more goes, a little at a time. */
export async function forgetOldCounts({ pool }: { pool: Pool }): Promise<void> {
  for (let n = 0; n < BATCHES_MAX; n++) if ((await dropOldBuckets(pool, BATCH)) < BATCH) return;
}
