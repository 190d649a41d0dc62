const already = (done: string, who: string) => `Already ${done} by ${who}. Your click changed nothing.`;

/** Every no that a person reads: what is wrong, where, and what to do. */
export const refusals = {
  ourFault:
    "Something is wrong on our side (the database did not answer in time), so nothing was decided. Please try again in a moment.",
  notReady: [
    "The server that got this cannot read the escalation, or the configuration in force, so nothing was decided.",
    "Please try again in a moment: another one may.",
  ].join(" "),
  notKnownYet: [
    "The database has not said whether this was recorded, so we don't know yet.",
    "The card shows it, and you are told here as soon as we know.",
  ].join(" "),
  recordedAfterAll: "It was recorded: what you did a moment ago counts.",
  nothingAfterAll: "It was not recorded: what you did a moment ago decided nothing. Please do it again if it is still wanted.",
  staysUnknown: "We could not find out whether it was recorded. The card shows what is true.",
  takesLonger: "This takes longer than usual. Please look at the card: it shows what became of it.",
  /** What a person wanted to do about an escalation and can't; `who` is a mention. */
  acts: {
    deadlinePassed: "The deadline has passed, so this can't be decided any more. The policy's fallback applies.",
    staleVersion: "This has changed since you opened it, so nothing was decided. Please look at the current card.",
    notFlaggable: "Only what ran without being asked about can be flagged.",
    alreadyFlagged: (who: string) => `${who} has flagged it already; people are asked whether it was right.`,
    flagWhyMissing: "Say what is wrong with it.",
    alreadyAnswered: "You have answered this already. Take that back first.",
    alreadyVoted: "Your approval already counts. Someone else has to give the next one.",
    seatFilled: (missing: string) => `The approval you could give has already been given; still needed: ${missing}.`,
    nobodyVoted: "Nobody has answered this yet, so there is nothing to take back.",
    notVoted: "You have not answered this, so there is nothing of yours to take back.",

    notApprovable: "This can't be approved: it needs an answer or a person who does it.",
    cardNotInFull: [
      "The card couldn't show this action in full, so it can't be approved there.",
      "Use “Review in full…” to see all of it first.",
    ].join(" "),

    nothingToConfirm: "The agent has not begun this: there is nothing to confirm, and nothing to undo.",
    onlyUndone: "The agent is at it already, so a no can only undo it: choose to roll it back.",
    whyRollback: "Say why it has to be undone; the agent reads it.",
    noForm: "This can't be changed here: the agent gave no form for its parameters. Reject it and say what you need.",
    changeNotSeenInFull:
      "You have not seen this action in full, so you can't approve a change of it. Open it again from its card.",
    valuesUnusable: "Some values can't be used.",
    policyUnreadable: [
      "This can't be changed any more: the policy it was opened under was written for an earlier release.",
      "Decide it as it is, or reject it and say what you need.",
    ].join(" "),
    nothingChanged: "Nothing is different, so there is nothing to change. Change a value, or approve it as it is.",
    changeForbidden: (reason: string) => `With these values the policy forbids the agent to do it at all: ${reason}.`,
    changeUnanswerable: (seat: string, queue: string) =>
      [
        `With these values the policy also asks for ${seat}, and nobody in the ${queue} queue can be that.`,
        "Reject it and say what you would approve, so that the agent asks the right people.",
      ].join(" "),

    notAPlan: "This is no plan whose steps could be chosen. Approve or reject it as it is.",
    planNotSeenInFull: "You have not seen every step in full, so you can't choose among them. Open the form again from the card.",
    nothingLeft: "No step would be left that this approval covers. Reject the plan instead, so that the agent gets your reason.",
    notEditable: "This is no text to edit. Change its values, or reject it and say what you need.",
    textNotSeenInFull: "You have not seen this text in full, so you can't approve another one. Open it again from its card.",
    textMissing: "A text is needed.",
    writeText: "Write a text, or reject it and say what you need.",
    textTooLong: (is: number, most: number) =>
      `Too long: ${is.toLocaleString("en-US")} characters in all, at most ${most.toLocaleString("en-US")}.`,
    textUnchanged: "Nothing is different. Edit the text, or approve it as it is.",

    noAnswerWanted: "This asks for a decision, not for an answer.",
    optionUnknown: "That option is not offered.",
    chooseShown: "Choose one of the options shown.",
    answerMissing: "An answer is needed.",
    chooseOption: "Choose an option.",
    writeAnswer: "Write an answer.",

    whyMissing: "Please say why.",
    reasonMissing: "A reason is needed.",
    chooseReason: "Choose why, so that the agent can do better.",
    whyInWords: "“Something else” needs a few words, so that the agent can do better.",

    questionsMax: (most: number) => `People have asked ${most} questions about this already; please decide, or reject it.`,
    questionMissing: "Please write a question.",
    writeQuestion: "Write what you want to know.",

    noSenior: (queue: string, others: string) => `There is nobody more senior in the ${queue} queue. ${others} can decide.`,
    alreadyClaimed: "You are already on it. Decide it, or choose “I'm no longer on it” so that somebody else is paged.",
    nobodyOnIt: "Nobody is on this at the moment.",
    otherOnIt: (who: string) => `${who} is on it, not you. You can take it over by “I'm on it instead”.`,

    extendedOnce: (who: string) => `${who} has already put the deadline off; it can be done once.`,
    extendForbidden: "The policy does not allow a later deadline here.",
    validNoLonger: "The request, or its evidence, is valid only until the current deadline, so the deadline can't be extended.",
    chooseMinutes: (most: number) => `Choose between 1 and ${most} minutes; the policy allows no more.`,
    whyExtend: "A later deadline needs a reason.",

    notStopped: "Only a stopped task can be taken over; decide this one instead.",
    takenOver: (who: string) => `${who} has taken this over and finishes it or hands it back; then it can be decided again.`,
    notTakenOver: "Nobody has taken this over yet. Only whoever does can finish it or hand it back.",
    takenOverByOther: (who: string) => `${who} has taken this over. Only that person can finish it or hand it back.`,
    resultMissing: "Please say what you did.",
    resultGoesToAgent: "The agent gets these words as the result.",
  },
  /** Why this person, or anybody, can't decide; people are mentions. */
  people: {
    identityUnknown: "Slack could not confirm who you are just now, so nothing was decided. Please try again in a minute.",
    notAMember: "Only full members of this workspace can decide; guests, bots, outside and deactivated accounts can't.",
    wrongTeam: "Your account belongs to another Slack workspace, so you can't decide here.",
    notInQueue: (queue: string, able: string | null) =>
      [
        `You aren't a reviewer of the ${queue} queue.`,
        able === null ? "Nobody can at the moment: ask an admin." : `${able} can.`,
      ].join(" "),
    nobodyMayDecide: "No reviewer can decide this at the moment, so it stays closed. Please tell an admin.",
    ownRequest: (others: string) => `You asked for this, so someone else has to decide. ${others} can.`,
    ownAgent: (others: string) => `You own this agent, so someone else has to decide. ${others} can.`,
    noFittingSeat: (seats: string, others: string) => `This needs ${seats}. ${others} can decide.`,
    tooLate: (takenOverBy: string | null) => {
      const silent =
        takenOverBy === null
          ? "nobody answered by the deadline"
          : `${takenOverBy} took this over and gave no result by the deadline`;
      return `Too late: ${silent}, so the policy's fallback has applied.`;
    },
    withdrawn: "This was withdrawn; there is nothing left to decide.",
    sessionTerminated: (who: string | null) =>
      `The agent's session was ended${who === null ? " by the policy" : ` by ${who}`}; there is nothing left to decide.`,
    waitsNoLonger: "This is no longer waiting for a decision.",
    /** By the kind of the decision that came first. */
    already: {
      approve: (who: string) => already("approved", who),
      reject: (who: string) => already("rejected", who),
      modify: (who: string) => already("approved with a change", who),
      edit: (who: string) => already("approved with a change", who),
      answer: (who: string) => already("answered", who),
      confirm: (who: string) => already("confirmed", who),
      rollback: (who: string) => already("rolled back", who),
      take_over: (who: string) => already("handled", who),
    },
    requesterMissing: [
      "The policy wants to know who asked for this, and the agent names nobody, so it can't be approved.",
      "Reject it, and let the agent ask again with requested_by.",
    ].join(" "),
    requesterNobody: (who: string) =>
      [
        `The policy wants to know who asked for this. The agent names ${who}, and Slack knows no such person,`,
        "so it can't be approved. Reject it, and let the agent ask again naming whoever really asked.",
      ].join(" "),
    requesterUnconfirmed: (who: string) =>
      [
        `Slack has not confirmed yet that ${who}, who is named as having asked for this, exists, so nothing was decided.`,
        "Please try again in a minute.",
      ].join(" "),
    earlierVoterUnknown: (who: string) =>
      [
        `Slack could not confirm just now that ${who}, who approved before you, is still a member, so nothing was decided.`,
        "Please try again in a minute.",
      ].join(" "),
  },
  sessions: {
    ended: "This session was ended, which is final. The agent can begin another one.",
  },
} as const;
