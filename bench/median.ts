/** The middle one of a list (the upper of two), or 0 of none. */
export const median = (list: readonly number[]): number => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0;
