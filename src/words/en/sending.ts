/**
 * Why something could not be sent or asked, in half a sentence: behind a delivery that is set aside, in an alarm, in `/readyz`
 * and in what `doctor` finds.
 */
export const sending = {
  uploadSlow: "the upload took too long",
  unknownEscalation: "the escalation is unknown",
  noRequester: "nobody is named as having asked for it",
  noAnswer: "no answer",
  unreadableAnswer: "an answer that could not be read",
  slack: {
    limited: (seconds: number): string => `rate limited for ${seconds} s`,
    alwaysLimited: "it limits us all the time",
    refused: (code: string): string => `Slack refuses it: ${code}`,
    refusedForNow: (code: string): string => `Slack refuses it for now: ${code}`,
    unsureWhetherArrived: "Slack did not say whether the message arrived",
    silent: "Slack does not answer",
    unsureWho: "Slack did not say who that is",
    cardNeverPosted: "the card itself could not be posted",
    cardNotPostedYet: "the card has no place yet",
    socketClosed: [
      "the socket to Slack is not open, so no click arrives:",
      "check SLACK_APP_TOKEN, and that Socket Mode is on in the app's settings",
    ].join(" "),
    token: (why: string): string =>
      `Slack does not accept the bot token (${why}): check SLACK_BOT_TOKEN and that the app is installed`,
  },
  userGroup: {
    refused: (group: string, code: string): string => `Slack says ${code} to the user group ${group}`,
    limited: "Slack's rate limit",
    silent: "Slack did not answer",
  },
  channel: {
    notPrivate: (queue: string, channel: string): string =>
      `${channelOf(queue, channel)} gets confidential or restricted escalations and is not private: make it private`,
    archived: (queue: string, channel: string): string => `${channelOf(queue, channel)} is archived`,
    shared: (queue: string, channel: string): string =>
      `${channelOf(queue, channel)} is shared with another company: use one of your own`,
    notMember: (queue: string, channel: string): string =>
      `the bot is not in ${channelOf(queue, channel)}: /invite @Countersign there`,
    unreadable: (queue: string, channel: string, why: string): string => `${channelOf(queue, channel)} cannot be read (${why})`,
  },
} as const;

function channelOf(queue: string, channel: string): string {
  return `the channel ${channel} of the queue ${queue}`;
}
