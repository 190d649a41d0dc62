/** What is told in threads, reminders and direct messages. */
export const thread = {} as const;
