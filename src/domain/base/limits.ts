/**
 * Everything that is bounded, in one place: how much, of what, and what happens beyond it. The code takes its numbers from here,
 * and the table of docs/operations.md is written from it. Limits that the configuration sets (agents, queues) stand in
 * `shapes/limits.ts`.
 */
export type Limit = {
  value: number;
  unit:
    | "ms"
    | "s"
    | "bytes"
    | "calls"
    | "statements"
    | "connections"
    | "rows"
    | "lanes"
    | "tries"
    | "policies"
    | "messages"
    | "entries";
  /** What is counted. */
  of: string;
  /** What happens to what comes beyond it. */
  beyond: string;
};

const UNAVAILABLE = "503 with `Retry-After` at once; a person reads that nothing was done";

export const LIMITS = {
  answerWithin: {
    value: 5000,
    unit: "ms",
    of: "an agent or a person waits for what became of a change",
    beyond: "told that it was not done, or, if it had been sent, that nobody knows yet",
  },
  keyWithin: {
    value: 2000,
    unit: "ms",
    of: "the database is asked whose a key is",
    beyond: "503 with `Retry-After`; nothing was done",
  },
  settleWithin: {
    value: 60_000,
    unit: "ms",
    of: "the database is asked whether a change whose answer was lost was stored",
    beyond: "logged as unknown; the card and the API show what is true",
  },
  hostAnswer: {
    value: 2000,
    unit: "ms",
    of: "one of several hosts in `DATABASE_URL` is asked whether it is the primary",
    beyond: "the next is asked; connections to a primary that is silent while another host is the primary are dropped",
  },
  commitBatch: {
    value: 256,
    unit: "calls",
    of: "one group commit, or one read of many escalations",
    beyond: "goes with the next",
  },
  commitsInFlight: { value: 2, unit: "statements", of: "group commits under way at once", beyond: "waits for one of them" },
  commitQueue: { value: 4096, unit: "calls", of: "waiting for a group commit", beyond: UNAVAILABLE },
  commitQueueBytes: { value: 64 * 1024 * 1024, unit: "bytes", of: "waiting for a group commit", beyond: UNAVAILABLE },
  lockedRows: {
    value: 4,
    unit: "statements",
    of: "changes that wait, apart from all others, for a locked row",
    beyond: "waits for one of them",
  },
  lockedRowsQueue: { value: 256, unit: "calls", of: "waiting to wait for a locked row", beyond: UNAVAILABLE },
  statement: {
    value: 20_000,
    unit: "ms",
    of: "a statement of the server runs",
    beyond: "ended by the database; 503 where somebody waits",
  },
  lockWait: { value: 2000, unit: "ms", of: "a statement waits for a lock", beyond: "503 with `Retry-After`; nothing was done" },
  perEscalation: { value: 128, unit: "calls", of: "waiting for their turn on one escalation", beyond: UNAVAILABLE },
  agentsPerEscalation: {
    value: 32,
    unit: "calls",
    of: "of its agent waiting for their turn on one escalation; people wait for one of them at the most",
    beyond: UNAVAILABLE,
  },
  races: {
    value: 20,
    unit: "tries",
    of: "a change is decided anew because another replica was faster",
    beyond: "503 with `Retry-After`",
  },
  sweepBatch: { value: 256, unit: "rows", of: "one batch of the sweep", beyond: "comes with the next batch of the same pass" },
  sweepAgainAfter: {
    value: 300_000,
    unit: "ms",
    of: "the longest pause before the sweep tries again what it could not move on",
    beyond: "an alarm names what has failed three times",
  },
  sweepSetBack: {
    value: 10_000,
    unit: "rows",
    of: "remembered as not to be tried yet",
    beyond: "the oldest is tried again at once",
  },
  configurationReads: { value: 1024, unit: "calls", of: "waiting for a newer configuration to be read", beyond: UNAVAILABLE },
  connections: {
    value: 16,
    unit: "connections",
    of: "for what is decided, due or delivered",
    beyond: "waits 3 s for one, then 503",
  },
  readConnections: {
    value: 6,
    unit: "connections",
    of: "for lists, statistics, Homes, the audit log and `/metrics`",
    beyond: "waits 3 s for one, then 503",
  },
  readWithin: {
    value: 3000,
    unit: "ms",
    of: "a list or a statistic is read",
    beyond: "503 with `Retry-After`; decisions go on beside it",
  },
  longPolls: { value: 5000, unit: "calls", of: "held for news (`wait`)", beyond: "429 with `Retry-After`" },
  longPollsPerAgent: { value: 500, unit: "calls", of: "held for news, for one agent", beyond: "429 with `Retry-After`" },
  evaluations: {
    value: 60,
    unit: "calls",
    of: "of `POST /v1/policy/evaluate`, for one agent in a minute",
    beyond: "429 with `Retry-After`",
  },
  wrongKeys: {
    value: 60,
    unit: "tries",
    of: "keys that turn out wrong, from one address in a minute",
    beyond: "429 for keys that are not active; none is looked up by itself",
  },
  faultyBodies: {
    value: 200,
    unit: "calls",
    of: "submissions and evaluations refused for what they hold, for one agent in a minute",
    beyond: "429 with `Retry-After`, and the body is not read",
  },
  slackRequest: { value: 256 * 1024, unit: "bytes", of: "a request of Slack", beyond: "413; it is not read to its end" },
  slackAnswer: {
    value: 3500,
    unit: "ms",
    of: "a request of Slack is answered, which waits three seconds",
    beyond: "503; whatever was begun goes on",
  },
  socketAgain: {
    value: 30_000,
    unit: "ms",
    of: "the longest pause before Slack is asked for a socket again (Socket Mode)",
    beyond: "`/readyz` names it all the while; agents are served",
  },
  socketClose: {
    value: 1000,
    unit: "ms",
    of: "a stop waits for Slack to close its socket",
    beyond: "the process ends without it",
  },
  hangUp: { value: 5000, unit: "ms", of: "a stop waits for what is under way over HTTP", beyond: "the connection is closed" },
  reads: { value: 64, unit: "calls", of: "lists and audit logs read for agents at once", beyond: "429 with `Retry-After`" },
  readsEach: { value: 4, unit: "calls", of: "lists and audit logs of one agent read at once", beyond: "429 with `Retry-After`" },
  compiledPolicies: {
    value: 64,
    unit: "policies",
    of: "kept compiled",
    beyond: "the oldest is read and compiled again when it is needed",
  },
  pagesInBurst: {
    value: 10,
    unit: "messages",
    of: "pages of one person within five minutes that are messages of their own",
    beyond: "listed in one message “n more wait for you”; each page is on record and on its card all the same",
  },
  burst: {
    value: 300,
    unit: "s",
    of: "pages of one person are counted together",
    beyond: "the next ones are messages of their own again",
  },
  alarmsAlike: {
    value: 60,
    unit: "s",
    of: "after an alarm its like (kind, agent and place) is gathered",
    beyond: "told as one message with a count",
  },
  lanesSlack: { value: 16, unit: "lanes", of: "of Slack sent at once by one process", beyond: "waits for one of them" },
  lanesCallback: { value: 16, unit: "lanes", of: "of callbacks sent at once by one process", beyond: "waits for one of them" },
  lanesOther: {
    value: 8,
    unit: "lanes",
    of: "of e-mail, pagers and own work sent at once by one process",
    beyond: "waits for one of them",
  },
  laneLease: {
    value: 45,
    unit: "s",
    of: "a process keeps its lanes, renewed while it sends",
    beyond: "another process goes on with them",
  },
  putOff: { value: 3_000_000, unit: "ms", of: "one answer puts a send off", beyond: "tried again then, whatever was asked for" },
  sendAgain: {
    value: 300_000,
    unit: "ms",
    of: "the longest pause after a send that failed",
    beyond: "tried again: a callback until the agent's time to resume has passed, all else until it is sent or set aside",
  },
  lookUps: {
    value: 8,
    unit: "tries",
    of: "Slack is asked whether a message arrived, and does not say",
    beyond: "set aside as uncertain, with an alarm",
  },
  lookedThrough: {
    value: 1000,
    unit: "messages",
    of: "looked through for one that may have arrived, within the time in which it can have",
    beyond: "as if Slack had not said",
  },
  inOneMessage: { value: 200, unit: "entries", of: "escalations that one message lists", beyond: "on their own cards only" },
  inBatches: {
    value: 500,
    unit: "entries",
    of: "escalations of one person in the batches of one window",
    beyond: "on their own cards only",
  },
  redrawn: {
    value: 2000,
    unit: "entries",
    of: "cards drawn anew because their channel changed",
    beyond: "drawn at their own next change",
  },
  judgements: {
    value: 5,
    unit: "tries",
    of: "a submission is judged anew because another configuration came into force",
    beyond: UNAVAILABLE,
  },
  waitingLookedAt: {
    value: 5000,
    unit: "rows",
    of: "looked through for what waits for one person",
    beyond: "the answer says that there may be more",
  },
  waitingLookedFor: { value: 2000, unit: "ms", of: "the same, for one answer", beyond: "the answer says that there may be more" },
  listedLookedAt: { value: 1000, unit: "rows", of: "of a list with filters, five times a page", beyond: "the page is short" },
  numbered: { value: 20_000, unit: "rows", of: "the newest, in statistics", beyond: "the statistics say so" },
  byEnding: {
    value: 50_000,
    unit: "rows",
    of: "the newest, looked through for an id by its last characters",
    beyond: "found by the whole id",
  },
  openHomes: { value: 5000, unit: "entries", of: "Homes that are kept fresh", beyond: "drawn when they are opened again" },
  reviewersChecked: {
    value: 50,
    unit: "entries",
    of: "reviewers looked up in Slack for `/readyz`",
    beyond: "`/readyz` says how many were not",
  },
  remembered: {
    value: 10_000,
    unit: "entries",
    of: "escalations remembered as this process last wrote or read them",
    beyond: "read from the database again",
  },
  rememberedBytes: {
    value: 64 * 1024 * 1024,
    unit: "bytes",
    of: "of memory for these, about",
    beyond: "what was not looked at for longest is read again",
  },
  drawings: {
    value: 16 * 1024 * 1024,
    unit: "bytes",
    of: "of cards and forms as this process drew them, until somebody answers",
    beyond: "what Slack says that it showed is kept with the answer instead",
  },
  keysKept: {
    value: 10_000,
    unit: "entries",
    of: "keys of agents remembered, for half a second",
    beyond: "all are asked for again",
  },
  callersKept: {
    value: 10_000,
    unit: "entries",
    of: "agents and addresses whose pace is remembered",
    beyond: "who has not come for long is forgotten",
  },
  countsKept: {
    value: 10_000,
    unit: "entries",
    of: "agents and queues whose open escalations are remembered",
    beyond: "counted anew",
  },
  peopleKept: { value: 5000, unit: "entries", of: "accounts of people remembered, for some minutes", beyond: "asked for again" },
  channelsKept: { value: 1000, unit: "entries", of: "channels of which Slack has told something", beyond: "asked for each time" },
} as const satisfies Record<string, Limit>;
