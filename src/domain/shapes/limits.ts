/**
 * How much is taken in before an agent is told to come back later (429). Live, like memberships: an edit holds for what comes
 * next, and makes no new version of the policy.
 */
export type Limits = {
  agent: {
    /** A token bucket: refilled by so many a minute, never fuller than `burst`. */
    submitsPerMinute: number;
    burst: number;
    /** Escalations of one agent that have not ended. */
    open: number;
    /** Messages, and reports that have been made already; resuming and the first report are never limited. */
    messagesPerMinute: number;
  };
  queue: {
    /** Escalations of one queue that wait for people. */
    open: number;
  };
};
