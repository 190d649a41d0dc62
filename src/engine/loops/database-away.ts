/** What a failed statement tells about the database, and about whether it may have run all the same. */
const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";

const BUSY = "COUNTERSIGN_BUSY";

/** Too much waits already, or it waited too long. It was never sent, so nothing was done. */
export const busy = (what: string): Error => Object.assign(new Error(what), { code: BUSY });

/** Refused before it was sent, because too much waited already. */
export const isBusy = (error: unknown): boolean => codeOf(error) === BUSY;

const NOT_READY = "COUNTERSIGN_NOT_READY";

/** This process cannot read what it would have to go by: nothing was done here, and another one may do it. */
export const notReady = (why: string, cause?: unknown): Error => Object.assign(new Error(why, { cause }), { code: NOT_READY });

export const isNotReady = (error: unknown): boolean => codeOf(error) === NOT_READY;

const UNREACHABLE = new Set(["ECONNREFUSED", "ENOENT", "ENOTFOUND", "EAI_AGAIN"]);
const LOST = new Set(["ECONNRESET", "EPIPE", "ETIMEDOUT"]);
const NO_CONNECTION = /timeout exceeded when trying to connect/;
const LOST_WORDS = /Connection terminated|Query read timeout|Client has encountered a connection error/;
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : "");

/** No connection is to be had at all: whatever else waits would fail as well. */
export function isUnreachable(error: unknown): boolean {
  const code = codeOf(error);
  return /^(08|53|57P)/.test(code) || UNREACHABLE.has(code) || NO_CONNECTION.test(messageOf(error));
}

/**
 * What passes by itself: connection loss, pool exhaustion, a statement that took too long (57014) or met a lock (55P03), a
 * primary that has been demoted (25006), a transaction that stood still for too long (25P03). Everything else is about
 * what was sent.
 */
export function isDatabaseAway(error: unknown): boolean {
  const code = codeOf(error);
  if (isBusy(error) || code === "25006" || code === "25P03" || /^(40|55|57)/.test(code) || LOST.has(code)) return true;
  return isUnreachable(error) || LOST_WORDS.test(messageOf(error));
}

/** A lock that somebody else holds was waited for in vain. */
export const isLocked = (error: unknown): boolean => codeOf(error) === "55P03";

/**
 * Whether what failed may have been committed: its answer was lost on the way. Where Postgres itself said no, or was never asked,
 * it was not.
 */
export function mayHaveRun(error: unknown): boolean {
  const code = codeOf(error);
  if (LOST.has(code) || /^(08|57P)/.test(code) || code === "40003") return true;
  return !NO_CONNECTION.test(messageOf(error)) && LOST_WORDS.test(messageOf(error));
}
