/**
 * Lanes by their names. A lane keeps its order and shares a rate limit. Slack's limits are per method and channel, so posting and
 * updating have lanes of their own: a stuck post never delays a card's end.
 */
export const postLane = (channel: string): string => `slack:chat.postMessage:${channel}`;
export const updateLane = (channel: string): string => `slack:chat.update:${channel}`;
export const homeLane = (userId: string): string => `slack:views.publish:${userId}`;
