/** Alarms about the house itself, in plain words: what is wrong, and where to look. */
export const alarms = {
  sweepFailing: (names: string) =>
    `The sweep cannot move on ${names}: their deadlines do not fire. It goes on trying, every five minutes at the latest. The log says why; see docs/operations.md.`,
} as const;
