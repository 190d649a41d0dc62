import { Temporal } from "temporal-polyfill";
import { type Day, instantIn, isInside, lastEndBefore, nextEdge, type Window } from "./window.ts";

/**
 * Who is on call by a rotation of our own. Exactly one person at every instant, in every zone, through DST gaps and overlaps: a
 * turn lasts from one hand-over to the next, whatever their distance; nobody leaves before somebody takes over.
 */
export type Layer = {
  people: readonly string[];
  timeZone: string;
  /** Days in a turn: 1 daily, 7 weekly, anything else a custom hand-over. */
  everyDays: number;
  /** Minutes after midnight, local time. */
  handOver: number;
  /** ISO date on which the first person's first turn begins. */
  start: string;
  /** Only within these hours (follow the sun); null = always. */
  hours: { days: readonly Day[]; from: number; to: number } | null;
};
/** Later layers go before earlier ones while their hours run. */
export type Rotation = { layers: readonly Layer[] };
export type Override = { userId: string; from: Date; until: Date };
export type Turn = { userId: string; from: Date; until: Date };

/** The turn of one layer at an instant, without its hours: from ≤ at < until. */
export function turnAt(layer: Layer, at: Date): Turn {
  const date = Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(layer.timeZone).toPlainDate();
  const days = Temporal.PlainDate.from(layer.start).until(date, { largestUnit: "days" }).days;
  let turn = Math.floor(days / layer.everyDays);
  // A day may begin before its hand-over, and a zone may skip a whole day: two hand-overs then fall together and the later one
  // counts.
  let from = handOverOf(layer, turn);
  while (from > at.getTime()) from = handOverOf(layer, --turn);
  let until = handOverOf(layer, turn + 1);
  while (until <= at.getTime()) {
    from = until;
    until = handOverOf(layer, ++turn + 1);
  }
  const n = layer.people.length;
  const userId = layer.people[((turn % n) + n) % n];
  if (userId === undefined) throw new Error("a rotation layer without people");
  return { userId, from: new Date(from), until: new Date(until) };
}

/** Epoch milliseconds at which a turn begins. */
function handOverOf(layer: Layer, turn: number): number {
  const date = Temporal.PlainDate.from(layer.start).add({ days: turn * layer.everyDays });
  return instantIn(layer.timeZone, date, layer.handOver);
}

const windowOf = (layer: Layer): Window | null => (layer.hours === null ? null : { ...layer.hours, timeZone: layer.timeZone });

/** The one person on call. An override goes before everything, the newest first. */
export function onCallAt(rotation: Rotation, at: Date, overrides: readonly Override[] = []): string {
  const override = overrides.findLast((one) => one.from <= at && at < one.until);
  if (override !== undefined) return override.userId;
  const running = rotation.layers.findLast((layer) => {
    const window = windowOf(layer);
    return window === null || isInside(window, at);
  });
  return running === undefined ? lastToLeave(rotation, at) : turnAt(running, at).userId;
}

/** Between the hours of all layers whoever was on call last stays until somebody takes over. */
function lastToLeave(rotation: Rotation, at: Date): string {
  let last: { layer: Layer; end: number } | null = null;
  for (const layer of rotation.layers) {
    const window = windowOf(layer);
    const end = window === null ? null : lastEndBefore(window, at);
    if (end !== null && (last === null || end >= last.end)) last = { layer, end };
  }
  if (last === null) throw new Error("a rotation whose layers never run");
  return turnAt(last.layer, new Date(last.end - 1)).userId;
}

const CHANGES_LOOKED_AT_MAX = 400;

/** Until when the present person is on call and who follows; null when nobody else does in the time that is looked at. */
export function nextOnCall(
  rotation: Rotation,
  at: Date,
  overrides: readonly Override[] = [],
): { userId: string; from: Date } | null {
  const now = onCallAt(rotation, at, overrides);
  let edge = at;
  for (let i = 0; i < CHANGES_LOOKED_AT_MAX; i++) {
    edge = edgeAfter(rotation, edge, overrides);
    const then = onCallAt(rotation, edge, overrides);
    if (then !== now) return { userId: then, from: edge };
  }
  return null;
}

/** The next instant at which somebody else could be on call. */
export function edgeAfter(rotation: Rotation, at: Date, overrides: readonly Override[] = []): Date {
  const edges = rotation.layers.flatMap((layer) => {
    const window = windowOf(layer);
    const turn = turnAt(layer, at).until.getTime();
    return window === null ? [turn] : [turn, nextEdge(window, at)];
  });
  const moved = overrides.flatMap((one) => [one.from.getTime(), one.until.getTime()]).filter((edge) => edge > at.getTime());
  return new Date(Math.min(...edges, ...moved));
}
