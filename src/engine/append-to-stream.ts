import { houseEntry } from "../domain/audit/chain.ts";
import { appendEntry, readHead } from "../store/audit.ts";
import type { Queryable } from "../store/pool.ts";
import { readNow } from "../store/read-escalations.ts";
import { newSalt } from "./ids.ts";

/**
 * Appends to a stream that no escalation carries; tried again when another writer took the place. `privates` can be erased and
 * leave the chain whole.
 */
export async function appendToStream(
  db: Queryable,
  stream: string,
  facts: Record<string, unknown>,
  privates: Record<string, unknown> = {},
): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const entry = houseEntry(stream, await readHead(db, stream), await readNow(db), facts, privates, newSalt());
    if (await appendEntry(db, entry)) return;
  }
  throw new Error(`could not append to the audit stream ${stream}`);
}
