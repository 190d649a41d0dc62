/** What leaves by other roads than Slack, e-mail and pager; what alarms say on every road; and how the app describes itself. */
export const outside = {
  andMore: (count: number): string => `(and ${count} more like it)`,
  openCard: "Open its card",
  becauseSlackDidNot: "You get this by e-mail because Slack did not take the message.",
  becauseOfTheStep: "You get this by e-mail as well as in Slack, because your step of the chain says so.",
  /** How the app describes itself in Slack's directory, and its command where it is typed. */
  app: {
    description: "Agents ask, people decide.",
    longDescription: [
      "Countersign brings the steps that AI agents may not take alone to the people who answer for them:",
      "a short brief, buttons that say what they do, a deadline, and a safe answer when nobody is there.",
      "Every step is in an audit log.",
    ].join(" "),
    command: "Queues, decisions, policy",
    usage: "help | queue | mine | show ID | oncall | stats 7d | policy",
  },
} as const;
