/** What whoever clicks is told when it could not be done, beside the card or in the place of a form. */
export const clicks = {
  notDone: "Not done",
  done: "Done",
  notKnownYet: "Not known yet",
  about: (title: string, sentence: string): string => `*${title}:* ${sentence}`,
  gone: "This escalation does not exist here (any more). The button did nothing.",
  lost: (to: string): string =>
    `This was asked for after ${to}, the point that the database had to be put back to: it is lost. The button did nothing.`,
  damaged: "This form is damaged; nothing was done.",
  tooSlow: "Slack took too long and the form could not be opened. Please click again.",
  notOpened: "Slack could not open the form just now. Please click again.",
  notAnswered: "Something is wrong on our side, so this could not be answered. Please try again in a moment.",
  emptyBatch: "Nothing of this batch waits for you any more.",
  stoppedHere: [
    "Something is wrong on our side, so this one was not decided, and those below it were not tried.",
    "Please try again in a moment.",
  ].join(" "),
  someRefused: (answered: number, refused: readonly string[]): string =>
    `${answered} answered. ${refused.length} could not be:\n${refused
      .slice(0, 8)
      .map((one) => `• ${one}`)
      .join("\n")}`,
} as const;
