/** The only source of time. Production hands in the machine's clock, tests hand in one they drive. */
export type Clock = { now(): Date };

/** The machine's clock; decisions themselves are checked again on the database's. */
export const systemClock: Clock = { now: () => new Date() };
