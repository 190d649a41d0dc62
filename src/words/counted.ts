/** A number with its noun: "1 queue", "3 queues". */
export const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;
