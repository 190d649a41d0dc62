import { z } from "zod";
import type { Directory } from "../../domain/people/directory.ts";
import type { SourceAnswer } from "../../engine/on-call/sources.ts";
import { matchReviewer } from "./contact.ts";
import { fetchText } from "./fetch-text.ts";

/** Who PagerDuty has on call (REST API v2, GET /oncalls), first responders first. */
export type PagerDuty = { token: string; apiUrl: string };
export type PagerDutyQuery = { schedules: readonly string[]; escalationPolicies: readonly string[] };

const BYTES_MAX = 256 * 1024;
const Answer = z.object({
  oncalls: z.array(
    z.object({
      user: z.object({ name: z.string().nullish(), summary: z.string().nullish(), email: z.string().nullish() }),
      escalation_level: z.number(),
      escalation_policy: z.object({ id: z.string() }).nullish(),
      schedule: z.object({ id: z.string() }).nullish(),
      end: z.string().nullable(),
    }),
  ),
});
type OnCall = z.infer<typeof Answer>["oncalls"][number];

export async function askPagerDuty(
  { token, apiUrl }: PagerDuty,
  query: PagerDutyQuery,
  directory: Pick<Directory, "reviewers">,
): Promise<SourceAnswer> {
  const params = new URLSearchParams({ "include[]": "users", earliest: "true", limit: "100" });
  for (const id of query.schedules) params.append("schedule_ids[]", id);
  for (const id of query.escalationPolicies) params.append("escalation_policy_ids[]", id);
  const headers = { authorization: `Token token=${token}`, accept: "application/vnd.pagerduty+json;version=2" };
  const fetched = await fetchText(`${apiUrl}/oncalls?${params}`, headers, BYTES_MAX);
  if (!fetched.ok) return { ok: false, why: `PagerDuty: ${fetched.why}` };
  const parsed = Answer.safeParse(parseJson(fetched.text));
  if (!parsed.success) return { ok: false, why: "PagerDuty: its answer could not be read" };
  const ordered = calledFirst(parsed.data.oncalls, query.schedules).sort((a, b) => a.escalation_level - b.escalation_level);
  const people = ordered.map(({ user }) => {
    const name = user.name ?? user.summary;
    return { name: name ?? user.email ?? "somebody", userId: matchReviewer(directory, { email: user.email, name }) };
  });
  const ends = ordered.flatMap(({ end }) => (end === null ? [] : [Date.parse(end)])).filter((end) => !Number.isNaN(end));
  return {
    ok: true,
    userIds: [...new Set(people.flatMap(({ userId }) => (userId === null ? [] : [userId])))],
    until: ends.length === 0 ? null : new Date(Math.min(...ends)),
    unmatched: [...new Set(people.flatMap(({ name, userId }) => (userId === null ? [name] : [])))],
  };
}

/**
 * Everybody of a schedule that was asked for; of an escalation policy only its first level, because the steps of a chain are
 * ours: the second one would otherwise be called with the first.
 */
function calledFirst(oncalls: readonly OnCall[], schedules: readonly string[]): OnCall[] {
  const policyOf = (one: OnCall) => one.escalation_policy?.id ?? "";
  const lowest = new Map<string, number>();
  for (const one of oncalls)
    lowest.set(policyOf(one), Math.min(one.escalation_level, lowest.get(policyOf(one)) ?? Number.POSITIVE_INFINITY));
  return oncalls.filter(
    (one) => schedules.includes(one.schedule?.id ?? "") || one.escalation_level === lowest.get(policyOf(one)),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
