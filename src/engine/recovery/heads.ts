import { createHash } from "node:crypto";
import type { Pool } from "pg";
import { compareHeads, type Head, listHeads } from "../../store/recovery.ts";

/** How far the audit streams go, held against what was kept of them outside the database. */
const AT_ONCE = 1000;

/** All heads as one digest, in hex: over a line for each stream, in the order of their names. */
export type Heads = { streams: number; digest: string };

export async function headsNow(pool: Pool): Promise<Heads> {
  const digest = createHash("sha256");
  let streams = 0;
  for (let after = ""; ; ) {
    const heads = await listHeads(pool, after, AT_ONCE);
    if (heads.length === 0) return { streams, digest: digest.digest("hex") };
    for (const { stream, seq, hash } of heads) digest.update(`${stream} ${seq} ${hash}\n`);
    streams += heads.length;
    after = heads.at(-1)?.stream ?? after;
  }
}

/**
 * A stream of the export that the database does not have as it was exported: it ends before the export does (`lost`), or goes on
 * in another way from some entry before it (`differs`).
 */
export type Difference = { stream: string; exported: number; here: number; is: "lost" | "differs" };

/** Compares the last entry of each exported stream. */
export async function* differencesFrom(pool: Pool, exported: AsyncIterable<Head> | Iterable<Head>): AsyncGenerator<Difference> {
  let batch: Head[] = [];
  for await (const head of exported) {
    batch.push(head);
    if (batch.length < AT_ONCE) continue;
    yield* await compared(pool, batch);
    batch = [];
  }
  yield* await compared(pool, batch);
}

async function compared(pool: Pool, kept: readonly Head[]): Promise<Difference[]> {
  if (kept.length === 0) return [];
  const here = new Map((await compareHeads(pool, kept)).map((one) => [one.stream, one]));
  return kept.flatMap(({ stream, seq, hash }): Difference[] => {
    const own = here.get(stream);
    if (own?.hash === hash) return [];
    return [{ stream, exported: seq, here: own?.seq ?? 0, is: (own?.seq ?? 0) < seq ? "lost" : "differs" }];
  });
}
