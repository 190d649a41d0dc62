import { countOutbox } from "../../store/outbox-counts.ts";
import { type Lateness, readLateness } from "../../store/read-escalations.ts";
import { clearAlarm, ringAlarm } from "../alarms.ts";
import type { EngineParts } from "../parts.ts";

/**
 * The auditor: looks from outside at what the sweep and the deliverer should have done, and rings when they have not. A step that
 * is overdue by more than a minute, an escalation that nothing would ever look at again (the database refuses those), deliveries
 * that Slack has not taken for minutes.
 */
const UNSENT_S_MAX = 180;

export async function watch(parts: EngineParts): Promise<Lateness> {
  const late = await readLateness(parts.pool);
  await ringWhile(
    parts,
    late.overdue > 0,
    "overdue_steps",
    `${late.overdue} steps are overdue by more than a minute (the oldest by ${Math.round(late.lagS)} s): the sweep lags. See docs/operations.md.`,
  );
  await ringWhile(
    parts,
    late.forgotten > 0,
    "forgotten",
    `${late.forgotten} escalations have no next step. That must not be: please look at them, and report it.`,
  );
  const { oldestForSlackS } = await countOutbox(parts.pool);
  await ringWhile(
    parts,
    oldestForSlackS > UNSENT_S_MAX,
    "deliveries_stuck",
    `Slack has not taken our messages for ${Math.round(oldestForSlackS / 60)} min. See: npx countersign deliveries`,
  );
  return late;
}

async function ringWhile(parts: EngineParts, bad: boolean, name: string, text: string): Promise<void> {
  if (bad) await ringAlarm(parts, name, text);
  else await clearAlarm(parts, name);
}
