import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { quoted } from "../../domain/base/inert.ts";
import { LIMITS } from "../../domain/base/limits.ts";
import type { Delivery, DeliveryKind, DeliveryOf, Envelope, Unreadable } from "../../domain/consequences/deliveries.ts";
import { leaseLanes, releaseLane, TRANSPORTS, type Transport } from "../../store/lanes.ts";
import { despiteDeadlock } from "../../store/pool.ts";
import { beginNext, finishSent, holdBack, postpone, type Receipt, setAside } from "../../store/sends.ts";
import { ringAlarm } from "../alarms.ts";
import { newLease } from "../ids.ts";
import { type Loop, startLoop } from "../loops/loop.ts";
import type { EngineParts } from "../parts.ts";

/**
 * The only way anything leaves. Lanes are leased (skip locked) and their rows sent in order; every answer of a sender is written
 * down before the next row. A row whose send began in a process that died comes back with `startedAt` set: the sender then looks
 * whether it arrived before sending again.
 */
export type SendResult<R extends Receipt | null = Receipt | null> =
  | { result: "sent"; receipt: R }
  /** Try later; `wholeLane` where a rate limit or the order asks everything behind to wait as well. */
  | { result: "retry"; afterMs: number; wholeLane: boolean; why: string; maybeSent?: boolean }
  /** Not yet, on purpose: it is as if it were owed then. */
  | { result: "held"; afterMs: number }
  /** Can never be delivered. */
  | { result: "failed"; why: string }
  /** Nobody can say whether it arrived. */
  | { result: "uncertain"; why: string };

export type { Receipt };
/** What an edge says of one try to reach somebody outside Slack. `afterMs`: when the other side wants to be asked again. */
export type Answer = { result: "sent" } | { result: "retry"; why: string; afterMs?: number } | { result: "failed"; why: string };

/** `lease` lets a sender that works long know how long it may. */
export type Sender<K extends DeliveryKind> = (delivery: DeliveryOf<K>) => Promise<SendResult>;
export type SendersOf<K extends DeliveryKind> = { [P in K]: Sender<P> };
export type Senders = SendersOf<DeliveryKind>;
/** Counts what was set aside. */
export type SetAside = (delivery: Envelope, status: "dead" | "uncertain") => void;

/** Lanes sent at once, and rows sent before a lane is given back: an agent whose endpoint hangs takes turns with the others. */
const LANES_TOGETHER: Record<Transport, number> = {
  slack: LIMITS.lanesSlack.value,
  callback: LIMITS.lanesCallback.value,
  other: LIMITS.lanesOther.value,
};
const ROWS_PER_LEASE: Record<Transport, number> = { slack: 50, callback: 1, other: 10 };
/** Longer than the longest single send (10 s towards Slack, 15 s towards an agent) and its bookkeeping. */
export const LEASE_S = LIMITS.laneLease.value;
/** With their pauses about as long as a lease. */
const RELEASE_TRIES = LIMITS.laneRelease.value;

export type DeliverParts = EngineParts & { senders: Senders; setAside: SetAside };

/** `pass` starts every lane that has something to send now and does not wait for them: one that hangs holds up no other. */
export type Deliverer = {
  pass(): Promise<void>;
  /** Resolves when no lane is being sent. */
  idle(): Promise<void>;
};

/** `again` is called whenever a lane has been left: there may be room for the next. */
export function createDeliverer(parts: DeliverParts, stopping: () => boolean, again: () => void): Deliverer {
  const sending: Record<Transport, Set<Promise<void>>> = { slack: new Set(), callback: new Set(), other: new Set() };
  const room = (transport: Transport) => LANES_TOGETHER[transport] - sending[transport].size;
  const start = (lane: string, transport: Transport, lease: string) => {
    const work: Promise<void> = drainLane(parts, lane, lease, ROWS_PER_LEASE[transport], stopping)
      .catch((error: unknown) => parts.log.error({ err: error, lane }, "a lane could not be given back; its lease will end"))
      .finally(() => {
        sending[transport].delete(work);
        again();
      });
    sending[transport].add(work);
  };
  return {
    async pass() {
      while (!stopping() && TRANSPORTS.some((transport) => room(transport) > 0)) {
        const lease = newLease();
        const free = { slack: room("slack"), callback: room("callback"), other: room("other") };
        const leased = await leaseLanes(parts.pool, lease, free, LEASE_S);
        if (leased.length === 0) return;
        for (const { lane, transport } of leased) start(lane, transport, lease);
      }
    },
    async idle() {
      for (const transport of TRANSPORTS) while (sending[transport].size > 0) await Promise.all(sending[transport]);
    },
  };
}

/** The deliverer at work: nudged after each commit, and looking by itself for what other replicas owe and what waited. */
const DELIVER_EVERY_MS = 250;

export function startDelivering(parts: DeliverParts, log: Logger): Loop {
  let stopping = false;
  const deliverer = createDeliverer(
    parts,
    () => stopping,
    () => loop.nudge(),
  );
  const loop = startLoop("deliver", deliverer.pass, DELIVER_EVERY_MS, log);
  return {
    nudge: loop.nudge,
    async stop() {
      stopping = true;
      await loop.stop();
      await deliverer.idle();
    },
  };
}

async function drainLane(parts: DeliverParts, lane: string, lease: string, rows: number, stopping: () => boolean): Promise<void> {
  try {
    for (let row = 0; row < rows && !stopping(); row++) {
      const delivery = await beginNext(parts.pool, lane, lease, LEASE_S);
      if (delivery === null) break;
      if ("unreadable" in delivery) await putAside(parts, delivery, "dead", delivery.unreadable);
      else await sendOne(parts, delivery);
    }
  } catch (error) {
    parts.log.error({ err: error, lane }, "a lane stopped early; its rows stay owed");
  }
  await giveBack(parts, lane, lease, stopping);
}

/**
 * A lane that nobody gives back stands still for its whole lease: a second without the database must not cost that, so this is
 * tried for as long as the lease could last.
 */
async function giveBack(parts: DeliverParts, lane: string, lease: string, stopping: () => boolean): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return await releaseLane(parts.pool, lane, lease);
    } catch (error) {
      if (stopping() || tries === RELEASE_TRIES) throw error;
      await sleep(backoffMs(tries, 100, 2000));
    }
  }
}

async function sendOne(parts: DeliverParts, delivery: Delivery): Promise<void> {
  const answer = await answerOf(parts, delivery);
  switch (answer.result) {
    case "sent":
      await despiteDeadlock(() => finishSent(parts.pool, delivery, answer.receipt));
      return;
    case "retry":
      await postpone(parts.pool, delivery, answer.afterMs, answer.wholeLane, answer.maybeSent ?? false, answer.why);
      return;
    case "held":
      await holdBack(parts.pool, delivery, answer.afterMs);
      return;
    case "failed":
      return putAside(parts, delivery, "dead", answer.why);
    case "uncertain":
      return putAside(parts, delivery, "uncertain", answer.why);
    default:
      answer satisfies never;
  }
}

async function putAside(
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
async function answerOf(parts: DeliverParts, delivery: Delivery): Promise<SendResult> {
  try {
    // Whatever the kind is, its sender is the one for it.
    const send = parts.senders[delivery.kind] as (delivery: Delivery) => Promise<SendResult>;
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
