import type { Logger } from "pino";
import type { Transport } from "../../store/lanes.ts";
import { look, type Seen, wake } from "../../store/look.ts";
import { newLease } from "../ids.ts";
import { type Loop, startLoop } from "../loops/loop.ts";
import { type DeliverParts, putAside, type Sending, sendOne } from "./deliver.ts";
import { createLeases } from "./leases.ts";
import { type Group, groupOf, PLACES, rangesFor } from "./ranges.ts";
import { createTogether, type Together } from "./together.ts";

/**
 * The only way anything leaves. Three statements for however many lanes: a look writes nothing; a begin and a finish are each one
 * for all that begin or arrive in the same moment.
 *
 * Longer than the longest single send (10 s towards Slack, 15 s towards an agent) and its bookkeeping: none begins when less of
 * the lease is left, so it is over before anybody else can take its lane.
 */
const SEND_S = 30;
const WAKE_BATCH = 500;
/** Of so many lanes it is remembered whose turn was last; in the others the first agent begins. */
const TURNS_MAX = 256;

/** `pass` starts whatever can be sent now and does not wait for it: a lane that hangs holds up no other. */
export type Deliverer = {
  pass(): Promise<void>;
  /** How many are being sent. */
  underWay(): number;
  /** Resolves when nothing is being sent, and every lane was given back. */
  stop(): Promise<void>;
};

/** `again` is called when there may be more to send. */
export function createDeliverer(parts: DeliverParts, stopping: () => boolean, again: () => void): Deliverer {
  const { pool } = parts;
  const id = newLease();
  const leases = createLeases(pool, id);
  const together = createTogether(pool, id, SEND_S);
  const sending = new Map<number, Promise<void>>();
  const busy = new Set<string>();
  const turns = new Map<string, string>();
  const lastOf = new Map<Group, string>();
  let passes = 0;
  let isFull = false;

  const room = (): Record<Transport, number> => {
    const left = { ...PLACES };
    for (const lane of busy) left[groupOf(lane).transport]--;
    return left;
  };

  const start = (seen: Seen) => {
    const { lane, id: row, agentId } = seen.delivery;
    if (busy.has(lane)) return;
    busy.add(lane);
    leases.used(lane);
    remember(turns, lane, seen.isCrowded ? agentId : null);
    const begunIn = passes;
    const work = send(parts, together, seen).then((isMore) => {
      sending.delete(row);
      busy.delete(lane);
      leases.used(lane);
      // Whoever looked meanwhile passed this lane over.
      if (isMore || isFull || passes !== begunIn) again();
    });
    sending.set(row, work);
  };

  return {
    async pass() {
      passes++;
      const ranges = rangesFor(room(), lastOf);
      isFull = ranges.length === 0;
      if (isFull) return;
      const asked = ranges.map(({ range }) => range);
      const found = await look(pool, { deliverer: id, ranges: asked, busy: [...busy], inFlight: [...sending.keys()], turns });
      const free = room();
      const chosen = found.rows.filter(({ delivery }) => free[groupOf(delivery.lane).transport]-- > 0);
      isFull = Object.values(free).some((left) => left <= 0);
      if (found.isWaking && (await wake(pool, WAKE_BATCH)) > 0) again();
      if (chosen.length === 0) return;
      await leases.keep(found.leftS, (lane) => busy.has(lane));
      const others = chosen.flatMap(({ isHeld, delivery }) => (isHeld ? [] : [delivery.lane]));
      const taken = await leases.take([...new Set(others)]);
      if (stopping()) return;
      for (const one of chosen) {
        const { lane } = one.delivery;
        lastOf.set(groupOf(lane), lane);
        if (one.isHeld || taken.has(lane)) start(one);
      }
    },
    underWay: () => sending.size,
    async stop() {
      while (sending.size > 0) await Promise.all(sending.values());
      await leases.giveBack();
    },
  };
}

/** Whether there is, or may be, more to send in its lane. */
async function send(parts: DeliverParts, together: Together, { delivery, at, revision, isCrowded }: Seen): Promise<boolean> {
  try {
    if ("unreadable" in delivery) {
      await putAside(parts, delivery, "dead", delivery.unreadable);
      return isCrowded;
    }
    const { id, generation } = delivery;
    const underWay: Sending = { ...delivery, at, revision, begin: (drawn = []) => together.begin({ id, generation, drawn }) };
    const result = await sendOne(parts, together.finish, underWay);
    return isCrowded || result !== "sent";
  } catch (error) {
    const facts = { err: error, lane: delivery.lane, delivery: delivery.deliveryId };
    parts.log.error(facts, "what became of a delivery could not be written down; it stays owed");
    return true;
  }
}

/** The newest last, and no more than are worth it. */
function remember(turns: Map<string, string>, lane: string, agentId: string | null): void {
  turns.delete(lane);
  if (agentId === null) return;
  turns.set(lane, agentId);
  const [oldest] = turns.keys();
  if (turns.size > TURNS_MAX && oldest !== undefined) turns.delete(oldest);
}

/** The deliverer at work: nudged after each commit, and looking by itself for what other replicas owe and what waited. */
const DELIVER_EVERY_MS = 250;
/** Alone, nobody waits for company; the more there is, the more one look is for. */
const PAUSE_MS_MAX = 15;

export function startDelivering(parts: DeliverParts, log: Logger): Loop {
  let stopping = false;
  const deliverer = createDeliverer(
    parts,
    () => stopping,
    () => loop.nudge(),
  );
  const pauseMs = () => Math.min(PAUSE_MS_MAX, deliverer.underWay());
  const loop = startLoop("deliver", deliverer.pass, DELIVER_EVERY_MS, log, pauseMs);
  return {
    nudge: loop.nudge,
    async stop() {
      stopping = true;
      await loop.stop();
      await deliverer
        .stop()
        .catch((error: unknown) =>
          log.error({ err: error }, "lanes could not be given back; another process waits for their end"),
        );
    },
  };
}
