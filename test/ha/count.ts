import type { Load, Seen, Step } from "./load.ts";

/** What was acknowledged, against what is there at the end. */
export type Counted = {
  acknowledged: number;
  lost: string[];
  setBack: string[];
  notDecidedOnce: string[];
  grantedAgain: string[];
};

type Look = { state: string; decision: object | null; outcome: { status: string } | null };

/** As many audit logs as one agent may read at once. */
const AT_ONCE = 4;
type Get = (path: string) => Promise<{ status: number; body: unknown }>;

export async function countAgainst(load: Load, get: Get): Promise<Counted> {
  const counted: Counted = { acknowledged: load.acknowledged.size, lost: [], setBack: [], notDecidedOnce: [], grantedAgain: [] };
  const left = [...load.acknowledged];
  const countOn = async () => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) await countOne(counted, next, get);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, countOn));
  return counted;
}

async function countOne(counted: Counted, [id, step]: [string, Step], get: Get): Promise<void> {
  const { status, body } = await get(`/escalations/${id}`);
  if (status !== 200) counted.lost.push(`${id} (${step}): ${status}`);
  else if (!reached(step, body as Look)) counted.setBack.push(`${id}: ${step}, now ${(body as Look).state}`);
  const audit = await get(`/escalations/${id}/audit`);
  const items = audit.status === 200 ? (audit.body as { items: { body: { event: string } }[] }).items : [];
  const times = (wanted: string) => items.filter(({ body: { event } }) => event === wanted).length;
  // One reviewer's vote decides each, and is one entry; so is each claim.
  const [votes, claims] = [times("voted"), times("resumed")];
  if (step !== "submitted" && votes !== 1) counted.notDecidedOnce.push(`${id} (${votes} votes in its audit)`);
  if (claims > 1) counted.grantedAgain.push(`${id} (${claims} claims in its audit)`);
}

/** Whether it stands where it was acknowledged to be, or farther on. */
function reached(step: Step, { state, decision, outcome }: Look): boolean {
  if (step === "submitted") return true;
  if (decision === null) return false;
  if (step === "decided") return true;
  if (step === "granted") return state === "resuming" || state === "running" || outcome !== null;
  return state === "completed" && outcome?.status === "completed";
}

/** The longest time without an accepted submission between two moments. */
export function longestGapS({ acceptedAt }: Seen, from: number, to: number): number {
  const inside = acceptedAt.filter((at) => at >= from && at <= to).sort((a, b) => a - b);
  const moments = [from, ...inside, to];
  return Math.max(...moments.slice(1).map((at, n) => at - (moments[n] ?? at))) / 1000;
}

/** What was answered since an earlier look. */
export function answersSince(before: Seen, now: Seen): Map<string, number> {
  const since = [...now.answers].map(([what, n]) => [what, n - (before.answers.get(what) ?? 0)] as const);
  return new Map(since.filter(([, n]) => n > 0).sort());
}
