import type { Directory } from "../domain/people/directory.ts";
import { seatsOf } from "../domain/policy/requirement.ts";
import { emptySeat, nobodyFits } from "../domain/policy/satisfiable.ts";
import { hopsOf, silenceOf } from "../domain/policy/silence.ts";
import type { ActionTypeSource, PolicySource } from "../domain/policy/source.ts";
import type { Seat } from "../domain/shapes/ruling.ts";
import type { Tier } from "../domain/shapes/vocabulary.ts";
import { ASKED_FIRST, TIER_ROWS } from "../domain/tiers.ts";
import type { ConfigFile } from "./config-file.ts";
import { type Fault, type PolicyEntry, rulesFor } from "./policy-entries.ts";

/**
 * Every round that can come to wait for people must be one that its queue can answer, with any one agent's owner left out: what
 * the action type asks for itself, and what each hard rule makes of it.
 */
export type Waiting = {
  path: PropertyKey[];
  requires: string[] | undefined;
  queues: string[];
  /** Where silence sends it on, one after the other. */
  hops: string[];
  type: ActionTypeSource | undefined;
  /** One person does what is stopped. */
  stopped: boolean;
};

export function satisfactionFaults(file: ConfigFile, directory: Directory, entries: readonly PolicyEntry[]): Fault[] {
  return once(waitingOf(file, entries).flatMap((one) => faultOf(file, directory, one) ?? []));
}

/** Every round that can come to wait for people. */
export const waitingOf = (file: ConfigFile, entries: readonly PolicyEntry[]): Waiting[] => [
  ...entries.filter((entry) => entry.tiers.some(isAsked)).flatMap((one) => waitingOfEntry(file.policy, one)),
  ...byRules(file),
];

const isAsked = (tier: Tier): boolean => TIER_ROWS[tier].waits;

/** The same fault of several rounds from one place is told once. */
export function once(faults: readonly Fault[]): Fault[] {
  const said = new Set<string>();
  return faults.filter(({ path, message }) => {
    const key = `${path.join("/")} ${message}`;
    return said.has(key) ? false : said.add(key);
  });
}

/** A rule that asks for nobody of its own is judged with each type it matches. */
function waitingOfEntry(policy: PolicySource, { path, wants, queues, type, tiers }: PolicyEntry): Waiting[] {
  if (path[1] === "rules" && wants.requires === undefined) return [];
  const stopped = tiers.filter(isAsked).every((tier) => TIER_ROWS[tier].doneBy === "person");
  return [{ path, requires: wants.requires, queues, hops: hopsOf(silenceOf(policy, wants)), type, stopped }];
}

function byRules({ policy }: ConfigFile): Waiting[] {
  return Object.entries(policy.action_types).flatMap(([name, type]) =>
    rulesFor(policy, name)
      .filter(({ rule }) => isAsked(rule.tier))
      .map(({ rule, index }): Waiting => {
        const path = rule.requires === undefined ? ["policy", "action_types", name] : ["policy", "rules", index];
        const queue = rule.queue ?? type.queue ?? policy.defaults.queue;
        return {
          path,
          requires: rule.requires ?? type.requires,
          queues: [queue],
          hops: hopsOf(silenceOf(policy, rule, type)),
          type,
          stopped: TIER_ROWS[rule.tier].doneBy === "person",
        };
      }),
  );
}

/** Who has to agree; null where it names a seat that there is not, which is a fault of its own. */
export function seatsAsked({ policy }: ConfigFile, { requires = [], type, stopped }: Waiting): Seat[] | null {
  if (requires.some((seat) => !(seat in policy.seats))) return null;
  return seatsOf(policy, type, stopped ? "hard_stop" : ASKED_FIRST, requires);
}

function faultOf(file: ConfigFile, directory: Directory, waiting: Waiting): Fault | null {
  const { path, queues, hops, stopped } = waiting;
  const seats = seatsAsked(file, waiting);
  if (seats === null) return null;
  const owners = [...new Set(Object.values(file.agents).map((agent) => agent.owner))];
  for (const queue of [...queues, ...hops].filter((name) => directory.queues.has(name))) {
    for (const owner of owners.length === 0 ? [undefined] : owners) {
      const seat = (stopped ? nobodyFits : emptySeat)(seats, directory, queue, owner === undefined ? [] : [owner]);
      if (seat === null) continue;
      const without = owner === undefined ? "" : ` (without ${owner}, who owns an agent)`;
      const message = [
        `nobody in the queue "${queue}" can fill the seat "${seat}"${without};`,
        "add a reviewer there or change what is required",
      ].join(" ");
      return { path: [...path, "requires"], message };
    }
  }
  return null;
}
