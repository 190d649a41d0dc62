import type { Logger } from "pino";
import { LIMITS } from "../../domain/base/limits.ts";
import { look, type Seen, wake } from "../../store/look.ts";
import { newLease } from "../ids.ts";
import { type Loop, startLoop } from "../loops/loop.ts";
import { type AtWork, createAtWork, room } from "./at-work.ts";
import { type DeliverParts, putAside, type Sending, sendOne } from "./deliver.ts";
import { createLaneNews } from "./lane-news.ts";
import { createLeases, type Leases } from "./leases.ts";
import { createPace, type Pace } from "./pace.ts";
import { type Group, groupOf, rangesFor } from "./ranges.ts";
import { createTogether, type Together } from "./together.ts";
import { createStanding, type Standing, type Told } from "./told.ts";

/**
 * The only way anything leaves. Three statements for however many lanes: a look writes nothing; a begin and a finish are each one
 * for all that begin or arrive in the same moment.
 *
 * A call to Slack takes 10 s at the most: none begins when less of the lease is left than that and the time to begin it, so it is
 * over before anybody else can take its lane. A call to an agent may take 15 s, an e-mail longer, and may come twice: its id is
 * the same.
 */
const BEGINS = { leftS: 15, withinMs: 5000 };
const WAKE_BATCH = 500;
/** Of so many lanes it is remembered whose turn was last; in the others the first agent begins. */
const TURNS_MAX = 256;

/**
 * `pass` starts whatever can be sent now and does not wait for it: a lane that hangs holds up no other. `tell` says what is owed
 * now by a commit of this process: it starts at once in a lane that is this process's own and in which nothing else is owed; one
 * that is sent in just then is looked at when that is over.
 */
export type Deliverer = {
  pass(): Promise<void>;
  tell(owed: readonly Told[]): void;
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
  const pace = createPace(() => performance.now());
  const work = createAtWork(pace);
  const turns = new Map<string, string>();
  const lastOf = new Map<Group, string>();
  const news = createLaneNews();
  const standing = createStanding(LIMITS.remembered.value);
  let isFull = false;

  const owed = (lanes: readonly string[]) => {
    news.owed(lanes);
    if (lanes.some((lane) => !work.isFull(lane))) again();
  };
  const together = createTogether({ pool, deliverer: id, begins: BEGINS, owed });
  const finish = noting(standing, together.finish);

  const start = (seen: Seen) => {
    const { lane, id: row, agentId } = seen.delivery;
    leases.used(lane);
    news.started(lane);
    work.add(lane, row, send(parts, { begin: together.begin, finish, pace }, seen), ({ isMore, hadTurn }, isLast) => {
      // What Slack did not even look at was no turn: else whoever comes right after a message that was taken never has one.
      if (hadTurn) remember(turns, lane, seen.isCrowded ? agentId : null);
      leases.usedAgain(lane);
      if (news.ended(lane, isMore, isLast) || isFull) again();
    });
  };

  /** Nobody but this process sends there, nothing is owed there or waits for a place, and there is one. */
  const isFree = (lane: string): boolean => {
    const isOurs = news.isClear(lane) && leases.holds(lane, BEGINS.leftS);
    return isOurs && !isFull && work.hasPlace(lane) && !pace.isSlow(groupOf(lane)) && !stopping();
  };

  return {
    tell(told) {
      const others: string[] = [];
      for (const one of told) {
        const seen = isFree(one.lane) ? standing.seen(one) : null;
        if (seen === null) others.push(one.lane);
        else start(seen);
      }
      if (others.length > 0) owed(others);
    },
    async pass() {
      const ranges = rangesFor(room(work.busy), lastOf, pace.isSlow);
      // Until this look is over, what did not fit into the last one waits for it as before.
      if (ranges.length === 0) isFull = true;
      if (ranges.length === 0) return;
      const full = [...work.busy.keys()].filter(work.isFull);
      const looked = news.look(full);
      try {
        const sentMs = performance.now();
        const found = await look(pool, {
          deliverer: id,
          ranges,
          told: looked,
          busy: full,
          inFlight: [...work.rows.keys()],
          turns,
        });
        const chosen = choose(found.rows, work, pace);
        goOnFrom(lastOf, lanesOf(chosen), found.stoppedAt);
        isFull = chosen.length < found.rows.length || Object.values(room(work.busy, lanesOf(chosen))).some((left) => left <= 0);
        news.found(lanesOf(found.rows));
        if (news.hasMore(full)) again();
        if (found.isWaking) owed(await wake(pool, WAKE_BATCH));
        if (chosen.length === 0 && !leases.areUsed()) return;
        const needed = new Set([...work.busy.keys(), ...lanesOf(chosen)]);
        if (!(await leases.keep(found.leftS, sentMs, needed))) {
          news.forgetClear();
          standing.forget();
        }
        for (const one of await oursOf(chosen, leases, standing)) {
          if (stopping()) return;
          // What was told meanwhile may have taken its place.
          if (work.hasPlace(one.delivery.lane)) start(one);
          else isFull = true;
        }
      } catch (error) {
        news.owed(looked);
        throw error;
      }
    },
    underWay: () => work.rows.size,
    async stop() {
      while (work.rows.size > 0) await Promise.all(work.rows.values());
      await leases.giveBack();
    },
  };
}

/** Where the next look begins: behind what this one chose last, or where it stopped. Of a group its first range says where. */
function goOnFrom(lastOf: Map<Group, string>, chosen: readonly string[], stoppedAt: readonly string[]): void {
  for (const lane of [...chosen, ...stoppedAt.toReversed()]) lastOf.set(groupOf(lane), lane);
}

/** Those of them whose lanes are this process's own now. */
async function oursOf(chosen: readonly Seen[], leases: Leases, standing: Standing): Promise<readonly Seen[]> {
  const others = new Set(chosen.flatMap(({ isHeld, delivery }) => (isHeld ? [] : [delivery.lane])));
  if (others.size === 0) return chosen;
  const taken = await leases.take([...others]);
  standing.forget();
  return chosen.filter(({ isHeld, delivery }) => isHeld || taken.has(delivery.lane));
}

/** Notes where each card stands that has arrived. */
function noting(standing: Standing, finish: Together["finish"]): Together["finish"] {
  return async (arrival) => {
    await finish(arrival);
    const { delivery, receipt } = arrival;
    if (receipt !== null && delivery.escalationId !== null) standing.arrived(delivery.escalationId, receipt.place, receipt);
  };
}

const lanesOf = (rows: readonly Seen[]): string[] => rows.map(({ delivery }) => delivery.lane);

/** As many as there are places for, of a lane and of a method no more than it can take just now. */
function choose(rows: readonly Seen[], { busy, rows: sending }: AtWork, pace: Pace): Seen[] {
  const free = room(busy);
  const inLane = new Map(busy);
  const inGroup = new Map<Group, number>();
  for (const [lane, many] of busy) inGroup.set(groupOf(lane), (inGroup.get(groupOf(lane)) ?? 0) + many);
  return pressingFirst(rows, pace).filter(({ delivery: { lane, id: row } }) => {
    const group = groupOf(lane);
    const [ofLane, ofGroup] = [inLane.get(lane) ?? 0, inGroup.get(group) ?? 0];
    const fits = free[group.transport] > 0 && ofLane < pace.rowsIn(lane) && !(ofGroup > 0 && pace.isSlow(group));
    if (!fits || sending.has(row)) return false;
    free[group.transport]--;
    inLane.set(lane, ofLane + 1);
    inGroup.set(group, ofGroup + 1);
    return true;
  });
}

/** The order of the lanes; but of a method that Slack limits, first what is most pressing. */
function pressingFirst(rows: readonly Seen[], pace: Pace): Seen[] {
  const isSlow = ({ delivery }: Seen) => pace.isSlow(groupOf(delivery.lane));
  return [...rows.filter((one) => !isSlow(one)), ...rows.filter(isSlow).sort((a, b) => a.priority - b.priority)];
}

/** `isMore`: there is, or may be, more to send in its lane. `hadTurn`: it was looked at, whatever became of it. */
type Ended = { isMore: boolean; hadTurn: boolean };

async function send(
  parts: DeliverParts,
  { begin, finish, pace }: Together & { pace: Pace },
  { delivery, at, revision, isCrowded }: Seen,
): Promise<Ended> {
  try {
    if ("unreadable" in delivery) {
      await putAside(parts, delivery, "dead", delivery.unreadable);
      return { isMore: isCrowded, hadTurn: true };
    }
    const { id, generation } = delivery;
    const beginIt: Sending["begin"] = async (drawn = []) => {
      const begun = await begin({ id, generation, drawn });
      if (begun) parts.drawings.stored(drawn);
      return begun;
    };
    const result = await sendOne(parts, { finish, pace }, { ...delivery, at, revision, begin: beginIt });
    return { isMore: isCrowded || result !== "sent", hadTurn: result !== "limited" && result !== "left" };
  } catch (error) {
    const facts = { err: error, lane: delivery.lane, delivery: delivery.deliveryId };
    parts.log.error(facts, "what became of a delivery could not be written down; it stays owed");
    return { isMore: true, hadTurn: true };
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

/** The deliverer at work: told of what is owed, and looking by itself for what other replicas owe and what waited. */
const DELIVER_EVERY_MS = 250;
/** Alone, nobody waits for company; the more there is, the more one look is for. */
const PAUSE_MS_MAX = 15;

export function startDelivering(parts: DeliverParts, log: Logger): Pick<Deliverer, "tell"> & Pick<Loop, "stop"> {
  let stopping = false;
  const deliverer = createDeliverer(
    parts,
    () => stopping,
    () => loop.nudge(),
  );
  const pauseMs = () => Math.min(PAUSE_MS_MAX, deliverer.underWay());
  const loop = startLoop("deliver", deliverer.pass, DELIVER_EVERY_MS, log, pauseMs);
  return {
    tell: deliverer.tell,
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
