/** What slash commands answer. */
export const commands = {} as const;
