import type { Pool } from "pg";
import { restore } from "../../domain/life/restore.ts";
import { actionOf } from "../../domain/shapes/canonical.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import type { EndedReason } from "../../domain/shapes/vocabulary.ts";
import { loadEscalations } from "../../store/read-escalations.ts";
import { listOpenIds } from "../../store/recovery.ts";
import type { Write } from "../../store/write.ts";
import { writeEscalations } from "../../store/write-escalation.ts";
import { type Composing, composeWrite } from "../commands/compose-write.ts";

/** What a restore means for each escalation that was open at its point, many written together. */
const AT_ONCE = 200;

/** What became of one: it ends, or (null) people are asked again. */
export type Restored = { id: string; agent: string; type: string; was: Escalation["state"]; endedReason: EndedReason | null };

/**
 * Goes through all that is open. `since`: when this began; what was written after that needs nothing more. With `dry` nothing is
 * written. Throws where somebody else changes things meanwhile.
 */
export async function* restoreAll(
  pool: Pool,
  composing: Composing,
  { to, since, dry }: { to: Date; since: Date; dry: boolean },
): AsyncGenerator<Restored> {
  for (let after = ""; ; ) {
    const ids = await listOpenIds(pool, after, AT_ONCE);
    if (ids.length === 0) return;
    after = ids.at(-1) ?? after;
    const writes: Write[] = [];
    for (const { escalation, now } of (await loadEscalations(pool, ids)).values()) {
      const event = escalation.updatedAt >= since ? null : restore(escalation, to, now);
      if (event === null) continue;
      const guard = { onlyBefore: null, opening: null, configuration: null, judgedBy: [], clockOffsetMs: null };
      writes.push(await composeWrite(composing, escalation, [event], { kind: "policy" }, now, guard));
    }
    const written = dry ? new Set(ids) : await writeEscalations(pool, writes);
    for (const { before, after: became } of writes) {
      if (!written.has(became.id)) throw new Error(`${became.id} was changed meanwhile by somebody else: is a server running?`);
      const type = actionOf(became)?.type ?? became.kind;
      yield { id: became.id, agent: became.agentName, type, was: before?.state ?? became.state, endedReason: became.endedReason };
    }
  }
}
