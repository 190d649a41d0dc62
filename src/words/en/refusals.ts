/** Every no that a person or an agent reads: what is wrong, where, and what to do. */
export const refusals = {
  tierInFile: (tier: string) => `this version does not have ${tier} yet; use hard_approval, or notify`,
  tierMissing: (tier: string) => `The policy asks for ${tier}, which this version does not have yet.`,
  kindMissing: (kind: string, supported: string) =>
    `Escalations of kind ${kind} are not supported by this version; use ${supported}.`,
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
} as const;
