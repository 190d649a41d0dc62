/** What is said of confidential and restricted acts where not everybody may know what they hold. */
export const guarded = {
  title: (type: string | null, classification: string) => `${type ?? "A question from an agent"} (${classification})`,
  /** Of a notification: "An approval is needed by 14:32 UTC · restricted". */
  needed: (what: string, by: string, classification: string) => `${what}${by} · ${classification}`,
  notAMember: (who: string) =>
    [
      `${who} is named as a reviewer, but that account is a guest, has been deactivated or belongs to another workspace:`,
      "nothing was sent there. Take it out of the configuration, or mend the account.",
    ].join(" "),
  shared: "This channel is shared with another company, so this is decided in direct messages.",
  sharedPost: "the channel is shared with another company: use one of your own",
  publicChannel: (queue: string, channel: string) =>
    [
      `Confidential or restricted escalations of the queue ${queue} go to <#${channel}>,`,
      "which everybody in the workspace can join. Make that channel private, or give the queue another one.",
    ].join(" "),
  /** Instead of what somebody wrote. */
  withheld: (classification: string) => `(${classification}: in the full brief)`,
} as const;
