/** What is said of confidential and restricted acts where not everybody may know what they hold. */
export const guarded = {
  title: (what: string, classification: string) => `${what} (${classification})`,
  /** What has no type to be called by. */
  kinds: {
    action: "An action of an agent",
    plan: "A plan of an agent",
    question: "A question from an agent",
    artifact: "A text from an agent",
  },
  /** Of a notification: "An approval is needed by 14:32 UTC · restricted". */
  needed: (what: string, by: string, classification: string) => `${what}${by} · ${classification}`,
  shared: "This channel is shared with another company, so this is decided in direct messages.",
  sharedPost: "the channel is shared with another company: use one of your own",
  /** Instead of what somebody wrote. */
  withheld: (classification: string) => `(${classification}: in the full brief)`,
} as const;
