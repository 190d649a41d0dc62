/** What leaves by other roads than Slack, e-mail and pager, and what alarms say on every road. */
export const outside = {
  andMore: (count: number): string => `(and ${count} more like it)`,
  openCard: "Open its card",
  becauseSlackDidNot: "You get this by e-mail because Slack did not take the message.",
  becauseOfTheStep: "You get this by e-mail as well as in Slack, because your step of the chain says so.",
} as const;
