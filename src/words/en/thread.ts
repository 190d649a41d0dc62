/** What is told in threads, reminders and direct messages. */
export const thread = {
  stillWaiting: "Still waiting for you:",
  pagedNext: (people: string, at: string): string => `If nobody answers, ${people} will be paged at ${at}.`,
  nobodyNext: "Nobody else will be paged.",
  silence: (at: string, what: string): string => `No answer by ${at}: ${what}.`,
  onIt: (span: string): string => `Choose “I'm on it”, and nobody else is paged for ${span}.`,
  noLongerNeeded: "No longer needed:",
  youAnswered: "you have answered; others are still asked",
  othersNeeded: "somebody else has to answer now",
  askedAnew: "it was asked anew; see its card",
  pagedAgain: "You are paged again",
  pagedAgainAs: (step: string): string => `as ${step}`,
  unknownRequester: (agent: string, who: string): string =>
    `${agent} says that ${who} asked for something, and Slack knows no such person: the account does not exist, has been deactivated or is an app. So it cannot be told who may not decide. Look at what the agent sends as requested_by.`,
  neededBy: (at: string): string => `An answer is needed by ${at}.`,
  withdrew: (who: string) => `${who} took their approval back.`,
  accountGone: (who: string) =>
    `${who} can't decide any more (the account is none of a full member now), so that approval no longer counts.`,
  released: (who: string) => `${who} is no longer on it. The paging goes on.`,
} as const;
