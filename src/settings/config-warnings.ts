import { type Directory, fitsSeat } from "../domain/people/directory.ts";
import type { CompiledRule } from "../domain/policy/compile.ts";
import { globMatcher } from "../domain/policy/glob.ts";
import { seatsOf } from "../domain/policy/requirement.ts";
import { ASKED_FIRST, isHardTier } from "../domain/tiers.ts";
import type { ConfigFile, OnCallSource } from "./config-file.ts";
import { lonelyTransfers } from "./lonely-transfers.ts";
import { type Fault, tiersOf } from "./policy-entries.ts";

/**
 * What a configuration may say, and hardly means: told when it is checked and when it is put in force, and keeps nothing from
 * starting.
 */
export function warningsOf(file: ConfigFile, directory: Directory, rules: readonly CompiledRule[]): Fault[] {
  return [
    ...uselessSteps(file, directory),
    ...unreachableWays(file),
    ...guardedRules(file, rules),
    ...askedAboutReading(file),
    ...unused(file, rules),
    ...lonelyGroups(file, rules),
    ...lonelyTransfers(file, directory),
  ];
}

/** The people of a source as far as the file itself names them; null where something outside says who they are. */
function peopleOf(file: ConfigFile, source: OnCallSource | undefined): string[] | null {
  if (source === undefined) return null;
  if ("people" in source) return source.people;
  if ("rotation" in source) return source.rotation.layers.flatMap((layer) => layer.people);
  if (!("roles" in source)) return null;
  return Object.entries(file.reviewers).flatMap(([id, one]) =>
    one.roles.some((role) => source.roles.includes(role)) ? [id] : [],
  );
}

/** A step that can answer nothing of its queue is skipped each time, and whoever reads its name in the file counts on it. */
function uselessSteps(file: ConfigFile, directory: Directory): Fault[] {
  const { policy } = file;
  return Object.entries(policy.paging).flatMap(([queue, { chain }]) => {
    const types = Object.entries(policy.action_types).filter(([, type]) => (type.queue ?? policy.defaults.queue) === queue);
    const known = types.filter(([, type]) => (type.requires ?? []).every((seat) => seat in policy.seats));
    const members = directory.queues.get(queue)?.members ?? [];
    return chain.flatMap((step, at): Fault[] => {
      const people = peopleOf(file, file.on_call[step.who]);
      if (people === null || known.length === 0) return [];
      const able = people.flatMap((id) => (members.includes(id) ? (directory.reviewers.get(id) ?? []) : []));
      const answers = known.some(([, type]) =>
        seatsOf(policy, type, ASKED_FIRST, type.requires ?? []).some((seat) => able.some((one) => fitsSeat(one, seat))),
      );
      const names = known.map(([name]) => name).join(", ");
      const message = [
        `step "${step.label ?? step.who}" calls nobody who can fill a seat of ${names};`,
        "give its people the role and the queue, or drop the step",
      ].join(" ");
      return answers ? [] : [{ path: ["policy", "paging", queue, "chain", at], message }];
    });
  });
}

/** A step that calls by e-mail or pager, and nobody of it has one. */
function unreachableWays(file: ConfigFile): Fault[] {
  return Object.entries(file.policy.paging).flatMap(([queue, { chain }]) =>
    chain.flatMap((step, at) => {
      const people = peopleOf(file, file.on_call[step.who]);
      const ways = step.via.filter((way) => way !== "dm");
      return ways.flatMap((way): Fault[] => {
        if (people === null || people.some((id) => file.reviewers[id]?.[way] !== undefined)) return [];
        const message = [
          `step "${step.label ?? step.who}" calls by ${way}, and none of its people has one;`,
          "add it to them, or leave it out",
        ].join(" ");
        return [{ path: ["policy", "paging", queue, "chain", at, "via"], message }];
      });
    }),
  );
}

/** `has(p) && p > …` lets whoever leaves p out pass, unless another hard rule for the same types reads p plainly. */
function guardedRules(file: ConfigFile, rules: readonly CompiledRule[]): Fault[] {
  const types = Object.keys(file.policy.action_types);
  return rules.flatMap((rule, index) =>
    [...(rule.expression?.guards ?? [])].flatMap((name): Fault[] => {
      const { expression } = rule;
      if (expression === null || !expression.readsParams.has(name) || !isHardTier(rule.source.tier)) return [];
      const covers = (other: CompiledRule) =>
        isHardTier(other.source.tier) &&
        other.expression?.readsParams.has(name) === true &&
        !other.expression.guards.has(name) &&
        types.every((type) => !rule.appliesTo(type) || other.appliesTo(type));
      if (rules.some(covers)) return [];
      const message = [
        `whoever leaves ${name} out passes this rule; read it plainly (what is missing counts),`,
        `or write !(has(params.${name}) && …)`,
      ].join(" ");
      return [{ path: ["policy", "rules", index, "when"], message }];
    }),
  );
}

/** Names of actions that only look. */
const READS = /(^|[._])(list|get|read|describe|search|find|view|show|query|count|check|fetch|lookup)(_|$)/;

function askedAboutReading({ policy }: ConfigFile): Fault[] {
  return Object.entries(policy.action_types).flatMap(([name, type]): Fault[] => {
    const reads = READS.test(name) && type.reversibility === "reversible" && type.impact === "low";
    const byRule = policy.rules.some((rule) => isHardTier(rule.tier) && (rule.for ?? []).includes(name));
    if (!reads || !(byRule || tiersOf(type).some(isHardTier))) return [];
    const message = "this only reads, and people are asked about it: who is asked about harmless things stops reading";
    return [{ path: ["policy", "action_types", name], message }];
  });
}

/** A group of one splits the sum that it was made for, and one that no rule reads counts nothing. */
function lonelyGroups({ policy }: ConfigFile, rules: readonly CompiledRule[]): Fault[] {
  const types = Object.entries(policy.action_types);
  return types.flatMap(([name, { velocity_group: group }]): Fault[] => {
    if (group === undefined) return [];
    const members = types.filter(([, one]) => one.velocity_group === group).map(([member]) => member);
    const path = ["policy", "action_types", name, "velocity_group"];
    if (members.length === 1) {
      return [{ path, message: `no other action type is in the group "${group}", so it adds nothing; check its spelling` }];
    }
    if (members[0] !== name || rules.some((rule) => rule.readsVelocity && members.some(rule.appliesTo))) return [];
    return [
      { path, message: `no rule reads the velocity of the group "${group}", so nothing is counted: velocity.target.sum_24h > …` },
    ];
  });
}

/** What nothing refers to is most often a slip of the pen somewhere else. */
function unused({ policy, lists }: ConfigFile, rules: readonly CompiledRule[]): Fault[] {
  const looked = new Set(rules.flatMap((rule) => [...(rule.expression?.lists ?? [])]));
  const types = Object.keys(policy.action_types);
  return [
    ...Object.keys(lists).flatMap((name) =>
      looked.has(name) ? [] : [{ path: ["lists", name], message: `no rule looks into this list: in_list("${name}", …)` }],
    ),
    ...policy.rules.flatMap((rule, index) => {
      const matches = globMatcher(rule.for ?? ["**"]);
      const message = "this rule applies to none of the action types; check its spelling";
      return types.some(matches) ? [] : [{ path: ["policy", "rules", index, "for"], message }];
    }),
  ];
}
