/** Alarms about the house itself, in plain words: what is wrong, and where to look. */
export const alarms = {
  sweepFailing: (names: string) =>
    [
      `The sweep cannot move on ${names}: their deadlines do not fire. It goes on trying, every five minutes at the latest.`,
      "The log says why; see docs/operations.md.",
    ].join(" "),
  stepsOverdue: (count: number, oldestS: number) =>
    [
      `${count === 1 ? "1 step is" : `${count} steps are`} overdue by more than a minute (the oldest by ${oldestS} s):`,
      "the sweep lags. See docs/operations.md.",
    ].join(" "),
  stepsLost: (count: number) =>
    [
      `${count === 1 ? "1 escalation has" : `${count} escalations have`} no next step. That must not be:`,
      "please look, and report it.",
    ].join(" "),
  slackStuck: (minutes: number) => `Slack has not taken our messages for ${minutes} min. See: npx countersign deliveries`,
  agent: {
    executed_differs: "ran something other than what was approved",
    never_resumed: "was approved but never came back to do it",
    outcome_unknown: "started and went silent: nobody knows whether it ran",
    outcome_unreported: "never said what became of it",
    execution_failed: "tried and failed",
  },
  /** One line for the alarms channel and the owner. */
  line: (agent: string, what: string, title: string, id: string, told: string) =>
    `‼ *${agent} ${what}*: ${title} (${id}).${told === "" ? "" : ` ${told}`} See: /countersign show ${id}`,
  told: (who: string) => `${who} was told.`,
} as const;
