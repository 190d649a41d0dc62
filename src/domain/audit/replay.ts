import { say } from "../../words/en.ts";
import { TRANSITIONS } from "../life/transitions.ts";
import type { Decision, Escalation, Vote } from "../shapes/escalation.ts";
import type { Event } from "../shapes/events.ts";
import type { ActorFact } from "./entry.ts";
import { BEFORE_OPENING, type Standing, standing } from "./facts.ts";
import { type Body, readBody, type StoredEntry } from "./stored.ts";
import type { AuditFault } from "./verify.ts";

/** What the tables hold of an escalation beside it: rows that people's votes and the decisions made. */
export type VoteRow = Pick<Vote, "userId" | "teamId" | "verdict" | "version" | "at"> & { round: number };
export type DecisionRow = Pick<Decision, "round" | "type" | "source" | "decidedAt"> & { tier: string };

const { faults: words } = say.audit;

/** An entry with what it did not have to repeat: whose it is, when, and what stood before and stands after it. */
export type Told = { entry: StoredEntry; body: Body; at: string; actor: ActorFact; before: Standing; after: Standing };

/** What the entries of an escalation tell, in order; a body that is no JSON tells nothing. */
export function tellOf(entries: readonly StoredEntry[]): Told[] {
  let [at, actor, before]: [string, ActorFact, Standing] = ["", "policy", BEFORE_OPENING];
  return entries.flatMap((entry) => {
    const body = readBody(entry.body);
    if (body === null) return [];
    [at, actor] = [body.at ?? at, body.actor ?? actor];
    const told = { entry, body, at, actor, before, after: { ...before, ...standingIn(body) } };
    before = told.after;
    return [told];
  });
}

const NAMES = Object.keys(BEFORE_OPENING);
const standingIn = (body: Body): Partial<Standing> =>
  Object.fromEntries(Object.entries(body).filter(([name]) => NAMES.includes(name)));

/**
 * Whether the entries tell a possible history, and whether it ends in what the tables hold: state, version, tier and queue, each
 * vote and each decision.
 */
export function verifyAgainst(
  stream: string,
  entries: readonly StoredEntry[],
  escalation: Escalation,
  votes: readonly VoteRow[],
  decisions: readonly DecisionRow[],
): AuditFault[] {
  const told = tellOf(entries);
  const faults: AuditFault[] = told.flatMap((one, i) =>
    impossible(one, told[i - 1]).map((fault) => ({ stream, seq: one.entry.seq, fault })),
  );
  const whole = (texts: string[]) => texts.map((fault) => ({ stream, seq: null, fault }));
  const last = told.at(-1)?.after ?? BEFORE_OPENING;
  const tables = standing(escalation);
  const differing = (Object.keys(tables) as (keyof Standing)[]).filter((name) => tables[name] !== last[name]);
  faults.push(...whole(differing.map((name) => words.differs(name, shown(tables[name]), shown(last[name])))));
  const { voteMissing, voteAdded, decisionMissing, decisionAdded } = words;
  faults.push(...whole(unlike(told.flatMap(voteTold), votes.map(voteWords), voteMissing, voteAdded)));
  faults.push(...whole(unlike(told.flatMap(decisionTold), decisions.map(decisionWords), decisionMissing, decisionAdded)));
  return faults;
}

const shown = (value: string | number | null): string => String(value ?? "nothing");

function impossible({ body, at, before, after }: Told, previous: Told | undefined): string[] {
  const faults = previous !== undefined && at < previous.at ? [words.timeRunsBack] : [];
  const moving = TRANSITIONS.filter(({ on }) => on === body.event);
  if (moving.length === 0 && before.state === after.state && before.ended_reason === after.ended_reason) return faults;
  const legal = moving.some(
    ({ from, to, endedReason }) => from === before.state && to === after.state && endedReason === after.ended_reason,
  );
  const { event = "nothing" } = body;
  return legal ? faults : [...faults, words.illegal(event, shown(before.state), shown(after.state))];
}

/** Both lists hold the same, as often. */
function unlike(
  told: readonly string[],
  rows: readonly string[],
  missing: (one: string) => string,
  added: (one: string) => string,
): string[] {
  const left = [...rows];
  const without = told.filter((one) => {
    const at = left.indexOf(one);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return [...without.map(missing), ...left.map(added)];
}

const VOTES: readonly (string | undefined)[] = ["voted", "modified", "edited", "amended", "abstained"] satisfies Event["type"][];

function voteTold({ body, at, actor, after }: Told): string[] {
  if (!VOTES.includes(body.event) || typeof actor === "string") return [];
  return [wordsOf([body.verdict, actor.user_id, actor.team_id, `round ${after.round}`, `version ${after.version}`, at])];
}
const voteWords = ({ verdict, userId, teamId, round, version, at }: VoteRow): string =>
  wordsOf([verdict, userId, teamId, `round ${round}`, `version ${version}`, at.toISOString()]);

function decisionTold({ body, at, before }: Told): string[] {
  if (body.decision === undefined || (body.event !== "decided" && body.event !== "timed_out")) return [];
  return [wordsOf([body.decision, body.source, before.tier, `round ${before.round}`, body.decided_at ?? at])];
}
const decisionWords = ({ type, source, tier, round, decidedAt }: DecisionRow): string =>
  wordsOf([type, source, tier, `round ${round}`, decidedAt.toISOString()]);

const wordsOf = (parts: readonly (string | null | undefined)[]): string => parts.join(" · ");
