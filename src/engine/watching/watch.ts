import { type HouseAlarm, nameOf } from "../../domain/consequences/house-alarms.ts";
import { countOutbox } from "../../store/outbox.ts";
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
  await ringWhile(parts, late.overdue > 0, { kind: "overdue_steps", count: late.overdue, oldestS: Math.round(late.lagS) });
  const { oldestForSlackS } = await countOutbox(parts.pool);
  await ringWhile(parts, oldestForSlackS > UNSENT_S_MAX, { kind: "deliveries_stuck", minutes: Math.round(oldestForSlackS / 60) });
  return late;
}

async function ringWhile(parts: EngineParts, bad: boolean, alarm: HouseAlarm): Promise<void> {
  if (bad) await ringAlarm(parts, alarm);
  else await clearAlarm(parts, nameOf(alarm));
}
