import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { EMPTY_ROUND, NOTHING_YET } from "../domain/life/open.ts";
import { actionOf, artifactOf, planOf, type Subject, subjectOf } from "../domain/shapes/canonical.ts";
import { type Decision, type Escalation, Progress, Vote } from "../domain/shapes/escalation.ts";
import { NO_PAGING } from "../domain/shapes/paging.ts";

/**
 * How progress lies in its JSON document: what is as usual is left out, and so is what follows from the rest of the escalation,
 * because most of it is so for ever. What is usual may therefore never become another thing: rows without it would come to mean
 * that.
 */
type About = Pick<
  Escalation,
  "id" | "round" | "request" | "ruling" | "actionDigest" | "firstResponseAt" | "createdAt" | "endedAt"
>;

/** Whose document it is says this; the time of the first response has a column of its own. */
const usualProgress = ({ request, firstResponseAt }: About) => ({
  ...EMPTY_ROUND,
  ...NOTHING_YET,
  subject: subjectOf(request),
  paging: {},
  firstResponseAt,
});
const USUAL_VOTE = { verdict: "approve", reasonCode: null, reason: null, version: 1, seen: null } satisfies Partial<Vote>;
/** What is reported mostly ends it. */
const usualOutcome = ({ actionDigest, endedAt }: About) => ({
  status: "completed",
  executedActionDigest: actionDigest,
  detail: null,
  result: null,
  at: endedAt,
});
/** Of what runs without being asked about, which is most of it: given when it was opened. */
const usualExecution = ({ id, round, createdAt, ruling }: About) => ({
  attempt: 1,
  idempotencyKey: `${id}:${round}`,
  expiresAt: new Date(createdAt.getTime() + ruling.outcomeWithinS * 1000),
});
const usualDecision = (about: About, now: { subject: Subject; votes: readonly Vote[] }) => ({
  type: "approve",
  source: "human",
  decidedAt: now.votes.at(-1)?.at,
  reasonCode: null,
  reason: null,
  votes: now.votes,
  action: actionOf(now),
  content: artifactOf(now)?.content ?? null,
  plan: planOf(now),
  rejectedSteps: [],
  actionDigest: about.actionDigest,
  modification: [],
  answer: null,
  result: null,
  round: about.round,
});

export function storedProgress(e: Escalation): object {
  const { votes, decision, execution, outcome, paging } = e;
  const progress: Progress = e;
  const whole = Object.fromEntries(FIELDS.map((field) => [field, progress[field]]));
  return unusual(
    {
      ...whole,
      votes: votes.map(storedVote),
      decision: decision && storedDecision(e, decision),
      execution: execution && unusual(execution, usualExecution(e)),
      outcome: outcome && unusual(outcome, usualOutcome(e)),
      paging: unusual(paging, NO_PAGING),
    },
    usualProgress(e),
  );
}
const FIELDS = Object.keys(Progress.shape) as (keyof Progress)[];
const storedVote = (vote: Vote): object => unusual(vote, USUAL_VOTE);

function storedDecision(e: Escalation, decision: Decision): object {
  const { votes, ...less } = unusual(decision, usualDecision(e, e));
  return votes === undefined ? less : { ...less, votes: decision.votes.map(storedVote) };
}

/** Only what differs. */
const unusual = (value: object, usual: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).filter(([name, one]) => !(name in usual && isDeepStrictEqual(one, usual[name]))));

/** Throws on what cannot be progress. */
export function readProgress(document: unknown, about: About): Progress {
  const { votes, decision, execution, outcome, paging, ...rest } = Document.parse(document);
  const given = { ...usualProgress(about), ...rest };
  const read = Progress.omit({ decision: true }).parse({
    ...given,
    votes: votes.map(readVote),
    execution: execution && { ...usualExecution(about), ...execution },
    outcome: outcome && { ...usualOutcome(about), ...outcome },
    paging: { ...NO_PAGING, ...paging },
  });
  const { votes: own, ...made } = decision ?? {};
  const decided = decision && { ...usualDecision(about, read), ...made, ...(own && { votes: own.map(readVote) }) };
  return { ...read, decision: Progress.shape.decision.parse(decided) };
}

const Part = z.looseObject({});
const Document = z.looseObject({
  votes: z.array(Part).default([]),
  decision: z
    .looseObject({ votes: z.array(Part).optional() })
    .nullable()
    .default(null),
  execution: Part.nullable().default(null),
  outcome: Part.nullable().default(null),
  paging: Part.default({}),
});
const readVote = (vote: object): object => ({ ...USUAL_VOTE, ...vote });

/** The votes of a document that is not read as a whole; null where it has none. */
export const readVotes = (votes: unknown): Vote[] =>
  z.array(Vote).parse(z.array(Part).nullable().parse(votes)?.map(readVote) ?? []);
