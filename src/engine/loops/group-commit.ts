/**
 * Group commit: calls that arrive in one turn of the event loop travel to the database as one statement. One statement per transaction is what
 * costs; under load this multiplies the throughput, and a lone call leaves as soon as the turn ends.
 */
export type Limits = {
  /** Calls in one batch. */
  batchMax: number;
  /** Batches under way at once; more than two only queue up inside the database. */
  inFlightMax: number;
};

/**
 * `run` gets the inputs of one batch and answers in the same order. Two inputs with the same key never share a batch (a row must not be changed
 * twice by one statement). If a batch fails, its calls are run one by one, so that one bad input does not fail its neighbours.
 */
export function coalesce<In, Out>(
  run: (inputs: In[]) => Promise<Out[]>,
  keyOf: (input: In) => string | null,
  limits: Limits,
): (input: In) => Promise<Out> {
  type Waiting = { input: In; resolve: (out: Out) => void; reject: (error: unknown) => void };
  let queue: Waiting[] = [];
  let inFlight = 0;
  let scheduled = false;

  const takeBatch = (): Waiting[] => {
    const keys = new Set<string>();
    const batch: Waiting[] = [];
    const rest: Waiting[] = [];
    for (const waiting of queue) {
      const key = keyOf(waiting.input);
      const fits = batch.length < limits.batchMax && (key === null || !keys.has(key));
      if (fits && key !== null) keys.add(key);
      (fits ? batch : rest).push(waiting);
    }
    queue = rest;
    return batch;
  };

  const runOne = async (waiting: Waiting) => {
    try {
      const [out] = await run([waiting.input]);
      waiting.resolve(out as Out);
    } catch (error) {
      waiting.reject(error);
    }
  };

  const runBatch = async (batch: Waiting[]) => {
    const [first] = batch;
    if (batch.length === 1 && first !== undefined) return runOne(first);
    try {
      const outs = await run(batch.map((waiting) => waiting.input));
      for (const [i, waiting] of batch.entries()) waiting.resolve(outs[i] as Out);
    } catch {
      for (const waiting of batch) await runOne(waiting);
    }
  };

  const pump = () => {
    scheduled = false;
    while (queue.length > 0 && inFlight < limits.inFlightMax) {
      inFlight++;
      void runBatch(takeBatch()).finally(() => {
        inFlight--;
        schedule();
      });
    }
  };

  const schedule = () => {
    if (scheduled || queue.length === 0) return;
    scheduled = true;
    setImmediate(pump);
  };

  return (input) =>
    new Promise<Out>((resolve, reject) => {
      queue.push({ input, resolve, reject });
      schedule();
    });
}
