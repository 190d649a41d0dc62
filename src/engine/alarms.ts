import { LIMITS } from "../domain/base/limits.ts";
import {
  type AlarmName,
  type HouseAlarm,
  type HouseAlarmKind,
  type HouseAlarmOf,
  nameOf,
} from "../domain/consequences/house-alarms.ts";
import { postLane } from "../domain/consequences/lanes.ts";
import { closeAlarm, markTold, openAlarm, quietForMs, readOpenAlarms } from "../store/alarms.ts";
import { oweMessage } from "../store/outbox.ts";
import { inTransaction, type Queryable } from "../store/pool.ts";
import { say } from "../words/en.ts";
import { newDeliveryId } from "./ids.ts";
import type { EngineParts } from "./parts.ts";

/**
 * Alarms about the house itself (a delivery that cannot arrive, a configuration that is not usable): owed to the alarms channel
 * like everything else, and handed to the other routes when Slack does not take them (reroute.ts).
 */
type Parts = Pick<EngineParts, "pool" | "directory" | "log">;

const SENTENCES: { [K in HouseAlarmKind]: (alarm: HouseAlarmOf<K>) => string } = say.alarms.house;

/** Plain text; the sender makes sure that none of it is rendered as markup. */
const sentenceOf = <K extends HouseAlarmKind>(alarm: HouseAlarmOf<K>): string => SENTENCES[alarm.kind](alarm);

/** Alarms of one name are one where they leave Slack. */
export async function raiseAlarm(parts: Parts, alarm: HouseAlarm): Promise<void> {
  const text = sentenceOf(alarm);
  parts.log.error({ alarm: text }, "alarm");
  await owe(parts.pool, parts, text, nameOf(alarm));
}

async function owe(db: Queryable, { directory }: Pick<Parts, "directory">, text: string, about: string): Promise<void> {
  const channel = directory().alarmsChannel;
  if (channel === null) return;
  await oweMessage(db, postLane(channel), { channel, text: `‼ ${text}`, alarm: true, plain: true, about }, newDeliveryId());
}

/** A lasting condition rings once, whichever replica notices it, and again after this time if it still lasts. */
const RING_AGAIN_S = 3600;

/** That it rings and that it has rung are one commit: a crash between would be an hour of silence. */
export async function ringAlarm(parts: Parts, alarm: HouseAlarm): Promise<void> {
  const name = nameOf(alarm);
  const text = sentenceOf(alarm);
  const rings = await inTransaction(parts.pool, async (tx) => {
    const first = await openAlarm(tx, name, RING_AGAIN_S);
    if (first) await owe(tx, parts, text, name);
    return first;
  });
  if (rings) parts.log.error({ alarm: text }, "alarm");
}

/** Which of these alarms last, whichever replica rang them and however long ago. */
export const lastingAlarms = ({ pool }: Pick<EngineParts, "pool">, names: readonly AlarmName[]): Promise<string[]> =>
  readOpenAlarms(pool, names);

/** It is over: the next time rings at once. */
export async function clearAlarm(parts: Pick<EngineParts, "pool">, name: AlarmName): Promise<void> {
  await closeAlarm(parts.pool, name);
}

/** Alarms of one kind and agent are told so often in one place; what comes between is one message with a count. */
const toldName = (about: string, place: string): string => `told:${about}:${place}`;

/** Milliseconds to keep an alarm back, because its like was told there a moment ago; 0 = tell it. */
export const keepAlarmBackMs = ({ pool }: Pick<EngineParts, "pool">, about: string, place: string): Promise<number> =>
  quietForMs(pool, toldName(about, place), LIMITS.alarmsAlike.value);

export const alarmTold = ({ pool }: Pick<EngineParts, "pool">, about: string, place: string): Promise<void> =>
  markTold(pool, toldName(about, place));
