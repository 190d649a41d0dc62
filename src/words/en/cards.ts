/** What stands on cards and batches. Values come in as they are to be seen: escaped, isolated and shortened by whoever draws. */
export const cards = {} as const;
