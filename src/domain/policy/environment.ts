import { targetOf } from "../shapes/request.ts";
import type { Policy } from "./compile.ts";
import { globMatcher } from "./glob.ts";
import { listKey } from "./lists.ts";

/** Which targets belong where: by the spelling that the map has, and by any other that an executor may take for the same. */
export type MappedTargets = { matches(target: string): boolean; resembles(key: string): boolean; environment: string };

export function mapTargets(targets: Readonly<Record<string, string>>): MappedTargets[] {
  return Object.entries(targets).map(([glob, environment]) => {
    const resembles = globMatcher([listKey(glob) ?? glob]);
    return {
      environment,
      matches: globMatcher([glob]),
      resembles: (key) => [key, ...key.split(/[./]/)].some(resembles),
    };
  });
}

/**
 * The stricter of where the agent is registered, what the target map says, and what the agent claims. Unlisted = strictest.
 * `registered`: null = the agent is registered nowhere.
 */
export function effectiveEnvironment(
  policy: Policy,
  registered: string | null,
  action: { environment?: string | undefined; target?: string | undefined },
): string {
  const order = policy.source.environments;
  const strictest = order.at(-1) ?? "production";
  const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length - 1);
  const target = targetOf(action);
  const mapped = policy.targets.filter(({ matches }) => target !== undefined && matches(target)).map((one) => one.environment);
  const known = [...(registered === null ? [] : [registered]), ...mapped];
  // A claim alone proves nothing: without a registration or a mapped target it is the strictest.
  const proven = known.length === 0 ? [strictest] : action.environment === undefined ? known : [...known, action.environment];
  const claims = [...proven, ...resembling(policy, target, strictest)];
  const wins = claims.reduce((a, b) => (rank(b) > rank(a) ? b : a));
  // A name nobody knows must not slip past the rules that name an environment.
  return order.includes(wins) ? wins : strictest;
}

/** What the map says of other spellings can only tighten; of a target that nobody can read it may say anything. */
function resembling({ targets }: Policy, target: string | undefined, strictest: string): string[] {
  if (target === undefined || targets.length === 0) return [];
  const key = listKey(target);
  return key === null ? [strictest] : targets.filter(({ resembles }) => resembles(key)).map(({ environment }) => environment);
}

type Claims = Parameters<typeof effectiveEnvironment>[2];
/** The strictest under any of several registrations: who acts for another is not judged laxer than that one would be. */
export function strictestEnvironment(policy: Policy, registered: readonly (string | null)[], actions: readonly Claims[]): string {
  const order = policy.source.environments;
  const all = actions.flatMap((action) => registered.map((one) => effectiveEnvironment(policy, one, action)));
  return order.findLast((one) => all.includes(one)) ?? order.at(-1) ?? "production";
}
