/** What is said of confidential and restricted acts where not everybody may know what they hold. */
export const guarded = {
  title: (type: string | null, classification: string) => `${type ?? "A question from an agent"} (${classification})`,
  /** Of a notification: "An approval is needed by 14:32 UTC · restricted". */
  needed: (what: string, by: string, classification: string) => `${what}${by} · ${classification}`,
  /** Instead of what somebody wrote. */
  withheld: (classification: string) => `(${classification}: in the full brief)`,
} as const;
