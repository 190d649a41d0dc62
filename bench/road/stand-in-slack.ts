import { setTimeout as sleep } from "node:timers/promises";
import { approveButton, type Card, type Sent, startSlackServer } from "../../test/support/black-box.ts";

/**
 * A Slack that takes everything at once: no limits, no checks, nothing kept. It measures the product and not Slack, and tells whoever waits for it when the
 * card of an escalation has arrived, with the button that approves it.
 */
export type StandInSlack = {
  apiUrl: string;
  /** Resolves when the first card of the escalation with an Approve button has arrived. */
  card(escalationId: string): Promise<Card>;
  /** Resolves when the Home of that person is drawn next. */
  home(userId: string): Promise<void>;
  /** What stands in a channel outside threads, in its order. */
  posts(channel: string): readonly Post[];
  /** Calls by method since the last time it was asked. */
  takeCalls(): Record<string, number>;
  /** Resolves when nobody has called for a second, or after a minute. */
  quiet(): Promise<void>;
  close(): Promise<void>;
};

export type Post = { escalationId: string | null; asks: boolean };

/** A channel into which nothing is taken for fifty minutes. */
export const HELD = "C0HELD";
const HELD_S = 3000;
const LIMITED = { ok: false, error: "ratelimited" };

/** `everyMs`: what comes into a channel sooner than that after the message before it is refused, as Slack does. */
export async function startStandInSlack(everyMs: number): Promise<StandInSlack> {
  const arrived = new Map<string, Card>();
  const waiting = new Map<string, (card: Card) => void>();
  const homes = new Map<string, () => void>();
  const posted = new Map<string, Post[]>();
  const tookAt = new Map<string, number>();
  const traffic = createTraffic();
  let count = 0;

  const arrive = (id: string, card: Card) => {
    const tell = waiting.get(id);
    if (tell === undefined) arrived.set(id, card);
    else {
      waiting.delete(id);
      tell(card);
    }
  };
  const post = (sent: Sent) => {
    const channel = sent.channel ?? "";
    const now = performance.now();
    if (channel === HELD) return { ...LIMITED, afterS: HELD_S };
    if (now - (tookAt.get(channel) ?? -everyMs) < everyMs) return { ...LIMITED, afterS: Math.ceil(everyMs / 1000) };
    if (everyMs > 0) tookAt.set(channel, now);
    const ts = `${1_700_000_000 + Math.floor(++count / 1e6)}.${String(count % 1e6).padStart(6, "0")}`;
    if (sent.thread_ts === undefined) {
      const found = approveButton(sent.blocks);
      if (everyMs > 0) {
        const escalationId = sent.metadata?.event_payload?.escalation_id ?? null;
        posted.set(channel, [...(posted.get(channel) ?? []), { escalationId, asks: found !== undefined }]);
      }
      if (found !== undefined) arrive(found.id, { channel, ts, blockId: found.blockId, value: found.value });
    }
    return { channel, ts, message: { ts } };
  };
  const answers = {
    "chat.postMessage": post,
    "views.publish": ({ user_id }: Sent) => {
      homes.get(user_id ?? "")?.();
      return {};
    },
  };
  const server = await startSlackServer(answers, traffic.note);
  return {
    ...server,
    card(id) {
      const there = arrived.get(id);
      arrived.delete(id);
      return there === undefined ? new Promise((resolve) => waiting.set(id, resolve)) : Promise.resolve(there);
    },
    home: (userId) => new Promise((resolve) => homes.set(userId, resolve)),
    posts: (channel) => posted.get(channel) ?? [],
    takeCalls: traffic.take,
    quiet: traffic.quiet,
  };
}

function createTraffic() {
  let calls: Record<string, number> = {};
  let calledAt = 0;
  return {
    note(method: string) {
      calls[method] = (calls[method] ?? 0) + 1;
      calledAt = performance.now();
    },
    take() {
      const taken = calls;
      calls = {};
      return taken;
    },
    async quiet() {
      const started = performance.now();
      while (performance.now() - calledAt < 1000 && performance.now() - started < 60_000) await sleep(100);
    },
  };
}
