/** What leaves by other roads than Slack: e-mail, pager. */
export const outside = {} as const;
