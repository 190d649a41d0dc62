/** What JSON calls a kind of value, in words. */
const KINDS: Readonly<Record<string, string>> = {
  null: "null",
  object: "an object",
  record: "an object",
  array: "a list",
  string: "a string",
  boolean: "true or false",
};
const kind = (name: string): string => KINDS[name] ?? `a ${name}`;

/** Every no that an agent reads about a call of its own: what is wrong, where, and what to do. */
export const refusedCalls = {
  // Too much, too often
  submitsPaced: (perMinute: number, burst: number, waitS: number) =>
    [
      `This agent may submit ${perMinute} escalations a minute, ${burst} of them at once. Nothing was stored;`,
      `submit it again in ${waitS} s.`,
    ].join(" "),
  agentFull: (open: number) =>
    [
      `This agent has ${open} escalations that have not ended, as many as it may. Nothing was stored.`,
      "Report outcomes, withdraw what is no longer wanted, or wait.",
    ].join(" "),
  queueFull: (queue: string, open: number, waitS: number) =>
    [
      `${open} escalations wait in the queue ${queue}, as many as may wait for its people at once. Nothing was stored;`,
      `the next one ends in ${waitS} s at the latest.`,
    ].join(" "),
  messagesPaced: (perMinute: number, waitS: number) =>
    `This agent may send ${perMinute} messages a minute. Send it again in ${waitS} s.`,
  tooManyFaults:
    "Too many submissions of this agent were refused for what they held; this one was not read. Fix them, and come back later.",
  tooManyReads: "This agent reads as many lists and logs at once as it may. Ask again when one of them has been answered.",
  evaluationsPaced: (perMinute: number) => `At most ${perMinute} evaluations a minute.`,
  /** `perAgent`: as many as one agent may hold; null = all agents together hold as many as there may be. */
  pollsHeld: (perAgent: number | null) =>
    [
      `${perAgent === null ? "No more long polls" : `At most ${perAgent} long polls of one agent`} can be held at`,
      "once. Ask without wait, or take a callback.",
    ].join(" "),

  // Who asks
  tooManyWrongKeys: "Too many wrong keys came from this address.",
  scopeMissing: (scope: string) => `This key lacks the scope ${scope}.`,
  sendMetricsToken: "Send the METRICS_TOKEN as a bearer token.",
  setMetricsToken: "Set METRICS_TOKEN to have metrics from anywhere else than this machine itself.",
  ownHostOnly: "This is a stand-in on one machine: it answers to 127.0.0.1 and localhost only.\n",

  // How it is asked
  nothingHere: "There is nothing at this address. The API is described at /openapi.json.",
  noSuchRoute: (route: string) => `There is no ${route}. The API is described at /openapi.json.`,
  encodingRefused: (encoding: string) => `Send the body as it is: content-encoding ${encoding} is not accepted.`,
  bodyTooLarge: [
    "The body may have at most 512 KiB when something is submitted (1 MiB with media as evidence), and 64 KiB otherwise.",
  ].join(" "),
  /** Why a picture or a file is not taken as evidence. */
  media: {
    type: (types: readonly string[]) => `use ${types.slice(0, -1).join(", ")} or ${types.at(-1)}; no other kind of file is taken`,
    base64: "give the bytes as base64 (RFC 4648, with padding), and not an address",
    tooLarge: (kib: number) => `a picture or file may have at most ${kib} KiB`,
    allTooLarge: (kib: number) => `all pictures and files together may have at most ${kib} KiB`,
    notPicture: (kind: string) =>
      `this is not one whole ${kind} picture, and nothing else, of at most 8,192 pixels a side and 16 million in all`,
    notText: "this is not UTF-8 text",
  },
  sendJson: "Send the body as application/json.",
  notJsonOverHttp: "The request could not be read as JSON over HTTP.",
  requestNotAcceptable: "The request is not acceptable.",
  notAcceptable: "not acceptable",
  theRequest: "The request",
  json: {
    tooLarge: (most: string) => `The body may have at most ${most}.`,
    empty: "The body is empty; send JSON.",
    notUtf8: "The body is not valid UTF-8; encode it as UTF-8.",
    byteOrderMark: "The body starts with a byte order mark; leave it out.",
    notJson: (why: string) => `The body is not JSON: ${why}.`,
    tooDeep: (levels: number) => `nested deeper than ${levels} levels; flatten it`,
    keyTwice: "this key appears twice; send it once",
    keyForbidden: "this key is not allowed; use another name",
    nul: "a NUL character (\\u0000) is not allowed; leave it out",
    halfCharacter: "half of a surrogate pair is not allowed; send whole characters",
    numberTooLarge: "this number is too large; send it as a string",
    integerTooLarge: "integers beyond 2^53 - 1 lose digits; send it as a string",
  },
  fields: {
    unknown: "unknown field; remove it",
    namesMax: (most: number) => `may hold at most ${most} names`,
    required: "required",
    resultTooLarge: "the result may take at most 16 KiB of JSON",
    nul: "must not contain NUL",
    digest: "use sha256: and 64 hex digits",
    requiredUse: (value: string) => `required: use ${value}`,
    requiredOneOf: (values: string) => `required: use one of ${values}`,
    use: (value: string) => `use ${value}`,
    useOneOf: (values: string) => `use one of ${values}`,
    mustBe: (wanted: string, given: string) => `must be ${kind(wanted)}, not ${kind(given)}`,
  },
  callback: {
    noUrl: "this is not a URL; use https://host/path",
    nameOrPassword: "a callback URL must not hold a name or password",
    loopback: "a loopback address is not allowed here",
    useHttps: "use https for callbacks",
    notPublic: (host: string) => `${host} is not a public address; use a host on the internet`,
    notListed: (host: string, allowed: readonly string[]) => {
      const known = allowed.length === 0 ? "no host is" : `only ${allowed.join(", ")} ${allowed.length === 1 ? "is" : "are"}`;
      return `${host} is not a callback host of this agent; ${known} allowed (agents → callback_hosts in the configuration)`;
    },
  },
  cursorUnknown: "The cursor is not one of ours.",
  useNextCursor: "use next_cursor of the page before",
  keyLength: "The Idempotency-Key must have 1 to 255 characters.",

  // Our side
  nobodyKnows: [
    "The database did not say in time whether this was stored.",
    "Read the escalation to see, or send the same again if it carried an Idempotency-Key or a claim_id:",
    "with those nothing is done twice.",
  ].join(" "),
  notReady:
    "This server cannot read the escalation, or the configuration in force, so nothing was changed. Try again: another may.",
  notBegun:
    "This could not be begun in time, so nothing was changed. Try again; where you have sent many at once, with fewer of them.",
  databaseAway: "The database cannot be reached right now; nothing was changed. Try again.",
  internal: "The fault is logged under the instance id. Nothing was acknowledged, so trying again is safe.",
  claimedAllTheSame: [
    "The claim is recorded, but your checkpoint could not be read just now.",
    "Send the same again with the same claim_id: it is answered with the claim and the checkpoint.",
  ].join(" "),

  // Submitting
  kindMissing: (kind: string, supported: string) =>
    `Escalations of kind ${kind} are not supported by this version; use ${supported}.`,
  useKind: (kinds: string) => `use ${kinds}`,
  keyReused: (earlier: string, differing: readonly string[]) =>
    [
      `This Idempotency-Key belongs to ${earlier}, which asked for something else:`,
      `${differing.join(", ")} ${differing.length === 1 ? "differs" : "differ"}.`,
      "Use a fresh key for another act, or send the same one again.",
    ].join(" "),
  differsFromKey: "differs from what this Idempotency-Key was used for",
  validUntilPassed: "valid_until has already passed.",
  mustLieInFuture: "must lie in the future",
  requesterNeeded: "The policy wants to know who asked for this.",
  requestedByNeeded: "the Slack user id of the person who asked for this act is required for this action type",

  // Whatever concerns one that is there
  noSuchEscalation: "There is no such escalation.",
  ended: "This has already ended.",
  ownReview: (reviewed: string) =>
    [
      `This is people's review of ${reviewed}; its agent can read it and nothing else.`,
      `What you know of that act, report as the outcome of ${reviewed}.`,
    ].join(" "),
  notWaiting: "Nobody waits for this any more; the message was not delivered.",
  messagesMax: (most: number) => `An escalation holds at most ${most} messages of its agent.`,
  notCancellable: "It is being executed: report the outcome instead.",

  // Resuming
  notDecided: "Nobody has decided yet. Wait with GET …?wait=60 until the disposition is resume.",
  endedUndecided: "This ended without a decision.",
  sessionTerminated: "The session that this belonged to was ended; nothing of it may be executed.",
  sessionStopped: (directive: string, why: string) => {
    const next = {
      pause: "Wait until GET /v1/sessions/{session_id} says continue, then ask again.",
      replan: "Make another plan, acknowledge the directive, then ask for what it needs.",
      terminate: "Stop here: nothing more of this session is taken or handed out.",
    }[directive];
    return `People told this session to ${directive}: “${why}”. ${next ?? ""}`;
  },
  subAgentNamesSession: "An agent that acts for another one names its own session_id, so that it ends with the other's.",
  parentUnknown: (name: string) => `There is no agent ${name} for which this could act.`,
  parentDiffers: "This session works for another one already. A session has one parent: begin another session.",
  parentIsSelf: "A session can't work for itself.",
  youWithdrew: "You withdrew this; nothing of it may be executed.",
  otherClaimExecutes: "Another claim_id is executing this.",
  otherClaimResumed: "Another claim_id has resumed this.",
  executionExpired: "The time to execute it has passed. If you have run it, report the outcome; don't run it now.",
  resumeExpired: "The time to resume has passed. Submit the action again if it is still wanted.",
  firstUnderWay: [
    "People want this undone, and what you were given to do is not over yet.",
    "Report what became of it with its execution_token, then resume: the answer is the right to undo it.",
  ].join(" "),
  rollbackExpired: "The time to undo it has passed, and people were told. Don't undo it now without asking them.",
  claimOfFirst: "That claim_id stands for doing it; to undo it, resume with another one.",
  reportRolledBack: "This was given to you to be undone: report rolled_back, or failed.",
  undoNotSkipped: "You have reported that it was done, so it has to be undone: report rolled_back, or failed.",
  noLongerValid: (until: string) => `The request was valid until ${until}. Submit the action again if it is still wanted.`,
  evidenceStale: (until: string) =>
    [
      `By the policy, the evidence for this counts as fresh only until ${until}.`,
      "Submit the action again with fresh evidence if it is still wanted.",
    ].join(" "),
  preconditionsMissing: (names: string) => `Declared preconditions must be given with their present values: ${names}.`,
  missing: (names: string) => `missing: ${names}`,
  worldChanged: (names: string, round: number) =>
    [
      `Since the decision this has changed: ${names}. The reviewers are asked again (round ${round});`,
      "nothing may be executed.",
    ].join(" "),
  worldChangedForGood:
    "What was permitted no longer holds, and it can't be asked again. Nothing may be executed; submit a new escalation.",

  // After the database was put back to an earlier point
  restoredUnknown: (to: string) =>
    [
      `The database was put back to ${to}, and whether this ran after that is not known here any more.`,
      "Don't run it now. If you have run it, report the outcome; a person is asked to look.",
    ].join(" "),
  restoredLost: (to: string) =>
    [
      `This was submitted after ${to}, the point that the database has been put back to: it is lost, with its decision.`,
      "Don't run it by what you know of it. Submit it again if it has not run and is still wanted.",
    ].join(" "),

  // Reporting
  nothingGiven:
    "Nothing of this was given to you to execute. POST …/resume with a claim_id first: its answer has the execution_token.",
  wrongToken: "That execution_token is not the one in force; another attempt may have been granted since.",
  reportSteps: "A plan is reported step by step, at /v1/escalations/{id}/steps/{step}/outcome.",
  noSuchStep: (id: string) => `This plan has no step ${id}.`,
  stepNotCovered: "This step may not run by the plan's approval: it was taken out, or asks for itself.",
  nothingCovered: "No step of this plan would be covered by its approval, so it can't be asked as a plan.",
  askForSteps: "Ask for each step by itself.",
  planStepUnknown: "There is no such plan of yours, or it has no such step.",
  planStepNotOwn:
    "The plan's approval covers this step, or it was taken out; only a step that asks for itself is asked for like this.",
  planNotApproved: "The plan is not approved, so none of its steps can be asked for yet.",
  planStepDiffers: "This is not the action of that step as the plan was decided.",
  otherOutcome: "Another outcome has already been reported.",
  executedMissing: "Say what was executed.",
  executedDigestNeeded: "needed when the status is completed",

  /** The titles of problem details, by the name of the problem. */
  titles: {
    "malformed-json": "The body is not acceptable JSON",
    unauthorized: "A valid agent key is needed",
    forbidden: "The key's scopes do not allow this",
    "not-found": "There is nothing here",
    conflict: "This is not possible in the present state",
    "not-decided": "Nobody has decided yet",
    "already-resuming": "Another claim has resumed this",
    "world-changed": "What was approved no longer holds",
    restored: "What is known of this ends before a restore",
    "session-stopped": "People have stopped this session",
    "decision-expired": "The decision is no longer valid",
    "payload-too-large": "The body is too large",
    "unsupported-media-type": "Send application/json",
    "invalid-request": "Some fields are not acceptable",
    "idempotency-key-reused": "The Idempotency-Key belongs to another act",
    unsupported: "This version does not have that yet",
    "queue-full": "As much is open as may be",
    "rate-limited": "Too many requests",
    unavailable: "Temporarily unavailable",
    internal: "Something broke on our side",
  },
} as const;
