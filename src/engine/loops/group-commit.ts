import { busy, isDatabaseAway, isUnreachable } from "./database-away.ts";

/**
 * Group commit: calls that arrive in one turn of the event loop travel to the database as one statement. One statement per
 * transaction is what costs; under load this multiplies the throughput, and a lone call leaves as soon as the turn ends.
 */
export type BatchLimits = {
  /** Calls in one batch. */
  batchMax: number;
  /** Batches under way at once; more than two only queue up inside the database. */
  inFlightMax: number;
  /** What waits for its batch; beyond either of the two a call is refused at once. */
  queueMax: number;
  queueBytesMax: number;
  /** Whoever has waited so long for a batch has been answered by then, and is left out. */
  waitMsMax: number;
};

export type Batch<In, Out> = {
  /** Gets the inputs of one batch and answers in the same order. */
  run: (inputs: In[]) => Promise<Out[]>;
  /** Two inputs with the same key never share a batch: a row must not be changed twice by one statement. */
  keyOf: (input: In) => string | null;
  /** Inputs of two kinds never share a batch: `run` is one statement, of which all or nothing happens. */
  kindOf: (input: In) => string;
  /** About how much memory an input holds while it waits. */
  bytesOf: (input: In) => number;
  /** Inputs that have a name in common go in one batch, or one after the other: never in two that are under way at once. */
  apartOf?: (input: In) => readonly string[];
};

/**
 * A batch that fails because of what is in it is halved until the one bad input fails alone. One that fails because the database
 * is away, or slow, fails as a whole and at once: trying its calls one by one would only keep each of them waiting for the same
 * answer.
 */
export function coalesce<In, Out>(
  { run, keyOf, kindOf, bytesOf, apartOf = () => [] }: Batch<In, Out>,
  limits: BatchLimits,
): (input: In) => Promise<Out> {
  type Waiting = { input: In; bytes: number; sinceMs: number; resolve: (out: Out) => void; reject: (error: unknown) => void };
  let queue: Waiting[] = [];
  let queueBytes = 0;
  let inFlight = 0;
  let scheduled = false;
  const underWay = new Set<string>();

  const leave = (waiting: Waiting) => {
    queueBytes -= waiting.bytes;
  };

  const takeBatch = (): Waiting[] => {
    const keys = new Set<string>();
    const batch: Waiting[] = [];
    const rest: Waiting[] = [];
    const nowMs = performance.now();
    for (const waiting of queue) {
      if (nowMs - waiting.sinceMs > limits.waitMsMax) {
        leave(waiting);
        waiting.reject(busy("it waited too long for its turn"));
        continue;
      }
      const key = keyOf(waiting.input);
      const alike = batch[0] === undefined || kindOf(batch[0].input) === kindOf(waiting.input);
      const free = apartOf(waiting.input).every((name) => !underWay.has(name));
      const fits = alike && free && batch.length < limits.batchMax && (key === null || !keys.has(key));
      if (fits && key !== null) keys.add(key);
      if (fits) leave(waiting);
      (fits ? batch : rest).push(waiting);
    }
    queue = rest;
    return batch;
  };

  const refuseAll = (error: unknown) => {
    for (const waiting of queue.splice(0)) {
      leave(waiting);
      waiting.reject(busy(`the database is away: ${error instanceof Error ? error.message : String(error)}`));
    }
  };

  const runBatch = async (batch: Waiting[]): Promise<void> => {
    try {
      const outs = await run(batch.map((waiting) => waiting.input));
      for (const [i, waiting] of batch.entries()) waiting.resolve(outs[i] as Out);
    } catch (error) {
      if (isUnreachable(error)) refuseAll(error);
      if (batch.length === 1 || isDatabaseAway(error)) {
        for (const waiting of batch) waiting.reject(error);
        return;
      }
      const half = Math.ceil(batch.length / 2);
      await runBatch(batch.slice(0, half));
      await runBatch(batch.slice(half));
    }
  };

  const pump = () => {
    scheduled = false;
    while (queue.length > 0 && inFlight < limits.inFlightMax) {
      const batch = takeBatch();
      if (batch.length === 0) return;
      inFlight++;
      const names = batch.flatMap(({ input }) => apartOf(input));
      for (const name of names) underWay.add(name);
      void runBatch(batch).finally(() => {
        inFlight--;
        for (const name of names) underWay.delete(name);
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
      const bytes = bytesOf(input);
      if (queue.length >= limits.queueMax || queueBytes + bytes > limits.queueBytesMax)
        return reject(busy("too much waits for the database"));
      queue.push({ input, bytes, sinceMs: performance.now(), resolve, reject });
      queueBytes += bytes;
      schedule();
    });
}
