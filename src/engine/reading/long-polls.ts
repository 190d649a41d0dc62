/**
 * Who waits for news of an escalation (long polls). This process's own commits are told at once; those of other replicas are
 * found by a poll over the ids somebody is really waiting for, so a decision is seen everywhere within about a poll's interval.
 */
export type Waiting = {
  /** Tells this process that an escalation has a new revision. */
  announce(id: string, revision: number): void;
  /**
   * Resolves true once the revision is larger than `since`; false after `waitMs`, when nobody waits any more (`over`), or when
   * closed.
   */
  until(id: string, since: number, waitMs: number, over: AbortSignal): Promise<boolean>;
  /** Looks once for commits of other replicas. */
  poll(): Promise<void>;
  close(): void;
};

export function createWaiting(readRevisions: (ids: string[]) => Promise<Map<string, number>>): Waiting {
  type Waiter = { since: number; done: (news: boolean) => void };
  const waiters = new Map<string, Set<Waiter>>();

  const announce = (id: string, revision: number) => {
    for (const waiter of waiters.get(id) ?? []) if (revision > waiter.since) waiter.done(true);
  };

  return {
    announce,
    until(id, since, waitMs, over) {
      return new Promise((resolve) => {
        const set = waiters.get(id) ?? new Set();
        waiters.set(id, set);
        const waiter: Waiter = {
          since,
          done(news) {
            clearTimeout(timer);
            over.removeEventListener("abort", giveUp);
            set.delete(waiter);
            if (set.size === 0 && waiters.get(id) === set) waiters.delete(id);
            resolve(news);
          },
        };
        const giveUp = () => waiter.done(false);
        const timer = setTimeout(giveUp, waitMs);
        over.addEventListener("abort", giveUp, { once: true });
        set.add(waiter);
        if (over.aborted) giveUp();
      });
    },
    async poll() {
      if (waiters.size === 0) return;
      for (const [id, revision] of await readRevisions([...waiters.keys()])) announce(id, revision);
    },
    close() {
      for (const set of [...waiters.values()]) for (const waiter of [...set]) waiter.done(false);
    },
  };
}
