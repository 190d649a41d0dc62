import { countOutbox } from "../../store/outbox.ts";
import { type Lateness, readLateness } from "../../store/read-escalations.ts";
import { say } from "../../words/en.ts";
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
  await ringWhile(parts, late.overdue > 0, "overdue_steps", say.alarms.stepsOverdue(late.overdue, Math.round(late.lagS)));
  await ringWhile(parts, late.forgotten > 0, "forgotten", say.alarms.stepsLost(late.forgotten));
  const { oldestForSlackS } = await countOutbox(parts.pool);
  await ringWhile(
    parts,
    oldestForSlackS > UNSENT_S_MAX,
    "deliveries_stuck",
    say.alarms.slackStuck(Math.round(oldestForSlackS / 60)),
  );
  return late;
}

async function ringWhile(parts: EngineParts, bad: boolean, name: string, text: string): Promise<void> {
  if (bad) await ringAlarm(parts, name, text);
  else await clearAlarm(parts, name);
}
