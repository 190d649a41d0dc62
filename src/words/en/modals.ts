/** What stands in modals: titles, labels, hints, errors at a field. */
export const modals = {} as const;
