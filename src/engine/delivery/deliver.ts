import { quoted } from "../../domain/base/inert.ts";
import { LIMITS } from "../../domain/base/limits.ts";
import type { Delivery, DeliveryKind, DeliveryOf, Envelope, Unreadable } from "../../domain/consequences/deliveries.ts";
import type { Arrival, CardReceipt, Receipt } from "../../store/finish.ts";
import { finishBatch } from "../../store/finish.ts";
import type { Place } from "../../store/look.ts";
import { despiteDeadlock } from "../../store/pool.ts";
import { type Drawing, holdBack, postpone, setAside } from "../../store/sends.ts";
import { ringAlarm } from "../alarms.ts";
import type { EngineParts } from "../parts.ts";
import type { Drawings } from "../reading/drawings.ts";
import type { Pace } from "./pace.ts";

/**
 * One send from its row to its answer. What cannot be sent twice is marked as begun before it leaves, together with what it
 * shows; a row whose send began in a process that died comes back with `startedAt` set: the sender then looks whether it arrived
 * before sending again.
 */
export type SendResult<R extends Receipt | null = Receipt | null> =
  | { result: "sent"; receipt: R }
  /**
   * Try later; `wholeLane` where a rate limit or the order asks everything behind to wait as well. `limited`: it was never looked
   * at, so this was no try.
   */
  | { result: "retry"; afterMs: number; wholeLane: boolean; why: string; maybeSent?: boolean; limited?: boolean }
  /** Not yet, on purpose: it is as if it were owed then. */
  | { result: "held"; afterMs: number }
  /** Not begun: it was owed anew meanwhile, or its lane is no longer this process's. It is looked at again. */
  | { result: "left" }
  /** Can never be delivered. */
  | { result: "failed"; why: string }
  /** Nobody can say whether it arrived. */
  | { result: "uncertain"; why: string };
export const LEFT: SendResult<never> = { result: "left" };

export type { CardReceipt, Drawing, Receipt };
/** What an edge says of one try to reach somebody outside Slack. `afterMs`: when the other side wants to be asked again. */
export type Answer = { result: "sent" } | { result: "retry"; why: string; afterMs?: number } | { result: "failed"; why: string };

/**
 * A row on its way. `at`: where the card it is about stands. `revision`: which its escalation had when this was found owed, while
 * that is open: what is drawn is at least as new. `begin` comes before whatever cannot be sent twice, and before
 * whatever shows something to decide on; false = leave it.
 */
export type Sending<K extends DeliveryKind = DeliveryKind> = DeliveryOf<K> & UnderWay;
export type UnderWay = Envelope & {
  at: Place | null;
  revision: number | null;
  begin: (drawn?: readonly Drawing[]) => Promise<boolean>;
};
export type Sender<K extends DeliveryKind> = (delivery: Sending<K>) => Promise<SendResult>;
export type SendersOf<K extends DeliveryKind> = { [P in K]: Sender<P> };
export type Senders = SendersOf<DeliveryKind>;
/** Counts what was set aside. */
export type SetAside = (delivery: Envelope, status: "dead" | "uncertain") => void;

/** `finish` saves that something arrived, with others. `drawings` is told what is stored before it is shown. */
export type DeliverParts = EngineParts & { senders: Senders; setAside: SetAside; drawings: Pick<Drawings, "stored"> };
export type Finish = (arrival: Arrival) => Promise<void>;

/** `limited`: put off, and never looked at. */
export type Became = SendResult["result"] | "limited";

/** `pace`: what the answer means for others as well. */
export async function sendOne(
  parts: DeliverParts,
  { finish, pace }: { finish: Finish; pace: Pace },
  delivery: Sending,
): Promise<Became> {
  const { answer, pause } = pace.after(delivery, await answerOf(parts, delivery));
  const { pool } = parts;
  switch (answer.result) {
    case "sent":
      await saveArrival(parts, finish, delivery, answer.receipt);
      break;
    case "retry": {
      const { afterMs, why, maybeSent = false, limited = false } = answer;
      await postpone(pool, delivery, { afterMs, why, maybeSent, counts: !limited }, answer.wholeLane, pause);
      if (limited) return "limited";
      break;
    }
    case "held":
      await holdBack(pool, delivery, answer.afterMs);
      break;
    case "left":
      break;
    case "failed":
      await putAside(parts, delivery, "dead", answer.why);
      break;
    case "uncertain":
      await putAside(parts, delivery, "uncertain", answer.why);
      break;
    default:
      answer satisfies never;
  }
  return answer.result;
}

function saveArrival({ pool }: DeliverParts, finish: Finish, delivery: Envelope, receipt: Receipt | null): Promise<void> {
  if (receipt === null || !("shown" in receipt)) return finish({ delivery, receipt });
  return despiteDeadlock(() => finishBatch(pool, delivery, receipt));
}

export async function putAside(
  parts: DeliverParts,
  row: Delivery | Unreadable,
  status: "dead" | "uncertain",
  why: string,
): Promise<void> {
  if (!(await setAside(parts.pool, row, status, why))) return;
  parts.log.error({ delivery: row.deliveryId, kind: row.kind, escalation: row.escalationId, why }, `a delivery is ${status}`);
  parts.setAside(row, status);
  // An alarm about an alarm would go round in circles.
  if (row.kind === "message" || ("payload" in row && "alarm" in row.payload && row.payload.alarm === true)) return;
  const { lane, kind: delivery, escalationId: escalation } = row;
  await ringAlarm(parts, { kind: "set_aside", lane, delivery, status, escalation, why: quoted(why, 200) });
}

/**
 * A sender that throws has a bug or lost the database, perhaps after it had sent: the row waits, growing from 1 s to 5 min, is
 * looked for first, and never dropped.
 */
async function answerOf(parts: DeliverParts, delivery: Sending): Promise<SendResult> {
  try {
    // Whatever the kind is, its sender is the one for it.
    const send = parts.senders[delivery.kind] as (delivery: Sending) => Promise<SendResult>;
    return await send(delivery);
  } catch (error) {
    parts.log.error({ err: error, delivery: delivery.deliveryId, kind: delivery.kind }, "a sender threw");
    const why = error instanceof Error ? error.message : String(error);
    return {
      result: "retry",
      afterMs: backoffMs(delivery.attempts, 1000, LIMITS.sendAgain.value),
      wholeLane: false,
      why,
      maybeSent: true,
    };
  }
}

/** Doubling from `firstMs`, at most `mostMs`; jitter is the caller's where many could come at once. */
export function backoffMs(attempts: number, firstMs: number, mostMs: number): number {
  return Math.min(mostMs, firstMs * 2 ** Math.min(attempts, 20));
}
