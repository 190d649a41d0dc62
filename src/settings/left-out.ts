/**
 * Fills in what follows from the rest of the file: a queue without members has all reviewers, and where there is one queue
 * everything is asked there. The schemas give what follows from nothing.
 */
export function fillIn(raw: unknown): unknown {
  if (!isObject(raw)) return raw;
  const { queues, reviewers, policy = {} } = raw;
  if (!isObject(queues) || !isObject(policy)) return { ...raw, policy };
  const people = isObject(reviewers) ? Object.keys(reviewers) : [];
  const filled = Object.entries(queues).map(([name, queue]) => [
    name,
    isObject(queue) && queue["members"] === undefined ? { ...queue, members: people } : queue,
  ]);
  const [only, ...others] = Object.keys(queues);
  const defaults = policy["defaults"] ?? {};
  const isOnly = isObject(defaults) && defaults["queue"] === undefined && only !== undefined && others.length === 0;
  return {
    ...raw,
    queues: Object.fromEntries(filled),
    policy: { ...policy, defaults: isOnly ? { ...defaults, queue: only } : defaults },
  };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
