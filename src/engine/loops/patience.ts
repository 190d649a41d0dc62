import { LIMITS } from "../../domain/base/limits.ts";
import { busy } from "./database-away.ts";

/**
 * Whoever waits is answered in time, whatever one row or the whole database does. Until something was sent, the answer is that
 * nothing was done, and then nothing is done any more; once it was sent, nobody knows yet, and the answer says so.
 */
export type Patience = {
  /** Throws when its caller has been told already that nothing was done. */
  demand(): void;
  /** It is on its way. `outcome`: whether it was stored, as soon as anybody knows. */
  sent(outcome: Promise<boolean>): void;
};

/** `outcome` resolves once it is known whether it was stored, and rejects when that stays unknown. */
export type Unsure = Error & { code: "COUNTERSIGN_UNSURE"; outcome: Promise<boolean> };

function unsure(outcome: Promise<boolean>): Unsure {
  // Not everybody who is told waits for the end.
  outcome.catch(() => {});
  return Object.assign(new Error("nobody knows yet whether this was stored"), { code: "COUNTERSIGN_UNSURE" as const, outcome });
}

export function isUnsure(error: unknown): error is Unsure {
  return error instanceof Error && "code" in error && error.code === "COUNTERSIGN_UNSURE";
}

export async function answerInTime<T>(
  work: (patience: Patience) => Promise<T>,
  withinMs: number = LIMITS.answerWithin.value,
): Promise<T> {
  let told = false;
  let onItsWay: Promise<boolean> | null = null;
  const inTime = () => {
    if (told) throw busy("its caller has been answered already");
  };
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    told = true;
    late.reject(onItsWay === null ? busy("it could not be begun in time") : unsure(onItsWay));
  }, withinMs);
  const sent = (outcome: Promise<boolean>) => {
    onItsWay = outcome;
    const over = () => {
      onItsWay = null;
    };
    // A race that was lost is decided anew: until that is sent, nothing is on its way.
    outcome.then((stored) => (stored ? undefined : over()), over);
  };
  try {
    return await Promise.race([work({ demand: inTime, sent }), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
