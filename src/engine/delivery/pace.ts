import { LIMITS } from "../../domain/base/limits.ts";
import type { Envelope } from "../../domain/consequences/deliveries.ts";
import type { Pause } from "../../store/sends.ts";
import { backoffMs, type SendResult } from "./deliver.ts";
import { type Group, groupOf } from "./ranges.ts";

/**
 * What this process has learned of how those fare whom it sends to: an endpoint that is dead gets one try at a time, a method of
 * which Slack has said that we use it too much gets one, and a message that is refused again and again keeps back no other.
 */
export type Pace = {
  /** Rows of a lane that may be on their way at once. */
  rowsIn(lane: string): number;
  /** Whether Slack has limited this method of late: then one at a time, the most pressing first. */
  isSlow(group: Group): boolean;
  /** What an answer means beside its own row. */
  after(delivery: Envelope, answer: SendResult): Paced;
};
type Paced = { answer: SendResult; pause: Pause | null };

const CALLBACKS_TOGETHER = LIMITS.callbacksEach.value;
/** One that has failed so often in a row is taken for dead until it answers. */
const DEAD_AFTER = 3;
const PROBE_MS = 5000;
/** Whatever waits behind a message that fails has its turn after so many tries. */
const OVERTAKEN_AFTER = LIMITS.overtakenAfter.value;
const GIVEN_UP_AFTER = LIMITS.givenUpAfter.value;
/** That others of its kind arrive shows that it is the message. */
const ALIVE_MS = 600_000;
const SLOW_MS = 60_000;
const LANES_KEPT = 1000;

export function createPace(nowMs: () => number): Pace {
  const failures = new Map<string, number>();
  const arrivedMs = new Map<string, number>();
  const slowUntilMs = new Map<Group, number>();
  const isAlive = (lane: string) => nowMs() - (arrivedMs.get(kindOfLane(lane)) ?? Number.NEGATIVE_INFINITY) < ALIVE_MS;

  const fails = (lane: string): number => {
    const times = (failures.get(lane) ?? 0) + 1;
    failures.delete(lane);
    failures.set(lane, times);
    const [oldest] = failures.keys();
    if (failures.size > LANES_KEPT && oldest !== undefined) failures.delete(oldest);
    return times;
  };

  const arrives = (kind: string) => {
    arrivedMs.delete(kind);
    arrivedMs.set(kind, nowMs());
    const [oldest] = arrivedMs.keys();
    if (arrivedMs.size > LANES_KEPT && oldest !== undefined) arrivedMs.delete(oldest);
  };

  const retry = (delivery: Envelope, answer: Extract<SendResult, { result: "retry" }>): Paced => {
    const { lane, attempts } = delivery;
    const group = groupOf(lane);
    if (answer.limited === true) {
      if (group.method !== null) slowUntilMs.set(group, nowMs() + answer.afterMs + SLOW_MS);
      return { answer, pause: { lane: group.method ?? lane, ms: answer.afterMs } };
    }
    if (group.transport === "callback") {
      const times = fails(lane) - DEAD_AFTER;
      const ms = backoffMs(times, PROBE_MS, LIMITS.sendAgain.value);
      return { answer, pause: times < 0 ? null : { lane, ms } };
    }
    if (group.transport === "slack" && attempts + 1 >= GIVEN_UP_AFTER && isAlive(lane)) {
      const why = `${answer.why}; tried ${attempts + 1} times while others of its kind arrived`;
      return { answer: { result: answer.maybeSent === true ? "uncertain" : "failed", why }, pause: null };
    }
    if (!answer.wholeLane) return { answer, pause: null };
    // It goes behind the others, one of which shows whether anything arrives at all.
    const isOvertaken = attempts + 1 >= OVERTAKEN_AFTER;
    return { answer: { ...answer, wholeLane: !isOvertaken }, pause: { lane, ms: answer.afterMs } };
  };

  return {
    rowsIn: (lane) => (groupOf(lane).transport === "callback" && (failures.get(lane) ?? 0) < DEAD_AFTER ? CALLBACKS_TOGETHER : 1),
    isSlow: (group) => (slowUntilMs.get(group) ?? 0) > nowMs(),
    after(delivery, answer) {
      if (answer.result === "retry") return retry(delivery, answer);
      if (answer.result === "sent" || answer.result === "failed") failures.delete(delivery.lane);
      if (answer.result === "sent") arrives(kindOfLane(delivery.lane));
      return { answer, pause: null };
    },
  };
}

/** All lanes of one Slack method, or of one transport. */
const kindOfLane = (lane: string): string => lane.slice(0, lane.lastIndexOf(":"));
