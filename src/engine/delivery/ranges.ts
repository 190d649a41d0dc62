import { LIMITS } from "../../domain/base/limits.ts";
import type { Transport } from "../../store/lanes.ts";
import type { Range } from "../../store/look.ts";

/**
 * Which lanes are looked through together. What hangs on one transport must not hold up another, so each has places of its own;
 * and some of Slack's limits are those of a method, whatever the channel.
 */
export type Group = { transport: Transport; from: string; upTo: string; method: string | null };

/** Where one group ends and the next begins: after ":" comes ";". Together they hold every name there can be. */
const ENDS: readonly Omit<Group, "from">[] = [
  { upTo: "callback:", transport: "other", method: null },
  { upTo: "callback;", transport: "callback", method: null },
  { upTo: "slack:", transport: "other", method: null },
  { upTo: "slack:chat.update:", transport: "slack", method: null },
  { upTo: "slack:chat.update;", transport: "slack", method: "slack:chat.update:*" },
  { upTo: "slack:views.publish:", transport: "slack", method: null },
  { upTo: "slack:views.publish;", transport: "slack", method: "slack:views.publish:*" },
  { upTo: "slack;", transport: "slack", method: null },
  { upTo: "\u{10FFFF}", transport: "other", method: null },
];
export const GROUPS: readonly Group[] = ENDS.map((end, i) => ({ ...end, from: ENDS[i - 1]?.upTo ?? "" }));

export const groupOf = (lane: string): Group => GROUPS.find(({ upTo }) => lane <= upTo) as Group;

/** Lanes of one transport that one process sends at once. */
export const PLACES: Record<Transport, number> = {
  slack: LIMITS.lanesSlack.value,
  callback: LIMITS.lanesCallback.value,
  other: LIMITS.lanesOther.value,
};

/** Of a method that Slack has limited, all lanes are looked at, up to so many: what is most pressing goes first. */
const LOOKED_THROUGH = 256;

/**
 * Each group from where the last look ended, and then from its beginning: whoever stands first in the alphabet has no more turns
 * than the others.
 */
export function rangesFor(
  room: Record<Transport, number>,
  lastOf: ReadonlyMap<Group, string>,
  isSlow: (group: Group) => boolean = () => false,
): Range[] {
  return GROUPS.flatMap((group) => {
    const { from, upTo, method, transport } = group;
    if (room[transport] <= 0) return [];
    const lanes = isSlow(group) ? LOOKED_THROUGH : room[transport];
    const rows = transport === "callback" ? LIMITS.callbacksEach.value : 1;
    const range = { lanes, rows, method };
    const last = lastOf.get(group);
    if (last === undefined) return [{ ...range, after: from, upTo }];
    return [
      { ...range, after: last, upTo },
      { ...range, after: from, upTo: last },
    ];
  });
}
