/** Every no that an agent reads about a call of its own: what is wrong, where, and what to do. */
export const refusedCalls = {
  // Submitting
  noSoftReview: "The policy asks for soft_review, which this version does not have yet.",
  validUntilPassed: "valid_until has already passed.",
  mustLieInFuture: "must lie in the future",
  requesterNeeded: "The policy wants to know who asked for this.",
  requestedByNeeded: "the Slack user id of the person who asked for this act is required for this action type",

  // Whatever concerns one that is there
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
  youWithdrew: "You withdrew this; nothing of it may be executed.",
  otherClaimExecutes: "Another claim_id is executing this.",
  otherClaimResumed: "Another claim_id has resumed this.",
  executionExpired: "The time to execute it has passed. If you have run it, report the outcome; don't run it now.",
  resumeExpired: "The time to resume has passed. Submit the action again if it is still wanted.",
  noLongerValid: (until: string) => `The request was valid until ${until}. Submit the action again if it is still wanted.`,
  evidenceStale: (until: string) =>
    [
      `By the policy, the evidence for this counts as fresh only until ${until}.`,
      "Submit the action again with fresh evidence if it is still wanted.",
    ].join(" "),
  preconditionsMissing: (names: string) => `Declared preconditions must be given with their present values: ${names}.`,
  missing: (names: string) => `missing: ${names}`,
  worldChangedForGood:
    "What was permitted no longer holds, and it can't be asked again. Nothing may be executed; submit a new escalation.",

  // Reporting
  nothingGiven:
    "Nothing of this was given to you to execute. POST …/resume with a claim_id first: its answer has the execution_token.",
  wrongToken: "That execution_token is not the one in force; another attempt may have been granted since.",
  otherOutcome: "Another outcome has already been reported.",
  executedMissing: "Say what was executed.",
  executedDigestNeeded: "needed when the status is completed",
} as const;
