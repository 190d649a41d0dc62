/** Moves the clock that people see, and whatever else should go with it. */
export type TimeControl = { shiftMs(): number; advance(ms: number): Promise<void> };
