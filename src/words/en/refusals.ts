/** Every no that a person or an agent reads: what is wrong, where, and what to do. */
export const refusals = {} as const;
