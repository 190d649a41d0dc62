import { isRefusal } from "../domain/refusal.ts";
import { readDue } from "../store/read-escalations.ts";
import { type HandleParts, handle } from "./handle.ts";

/**
 * The pass over everything whose time has come: each due escalation gets a `tick`, which decides on the database's clock what time has done to it.
 * Safe on any number of replicas: whoever comes second finds the guard of the write closed, or nothing due any more.
 */
const BATCH = 500;
const TOGETHER = 16;

export type Swept = { ticked: number; failed: number };

export async function sweep(parts: HandleParts): Promise<Swept> {
  const swept: Swept = { ticked: 0, failed: 0 };
  const failing = new Set<string>();
  for (;;) {
    const due = (await readDue(parts.pool, BATCH + failing.size)).filter((id) => !failing.has(id));
    if (due.length === 0) return swept;
    for (let i = 0; i < due.length; i += TOGETHER) {
      await Promise.all(due.slice(i, i + TOGETHER).map((id) => tickOne(parts, id, swept, failing)));
    }
  }
}

/** One that cannot be ticked must not hold up the others; it stays due and is named in the log. */
async function tickOne(parts: HandleParts, id: string, swept: Swept, failing: Set<string>): Promise<void> {
  try {
    const result = await handle(parts, id, { type: "tick" }, { kind: "system" });
    if (isRefusal(result) || !result.changed) return;
    swept.ticked++;
  } catch (error) {
    failing.add(id);
    swept.failed++;
    parts.log.error({ err: error, escalation: id }, "an overdue escalation could not be moved on");
  }
}
