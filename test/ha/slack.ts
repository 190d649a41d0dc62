import { approveButton, type Card, type Sent, startSlackServer } from "../support/black-box.ts";

/** A Slack that takes everything, and keeps what it took: so that a message can be looked for, and one that came twice is seen. */
export const REVIEWER = "U0REVIEWER";

export type KeepingSlack = {
  apiUrl: string;
  card(escalationId: string): Card | undefined;
  /** Messages with one delivery id, and cards of one escalation, that stand there more than once. */
  duplicates(): string[];
  posts(): number;
  /** What people were told for their eyes only. */
  told: string[];
  close(): Promise<void>;
};

type Message = { ts: string; thread_ts: string | undefined; metadata: Sent["metadata"] };

export async function startKeepingSlack(): Promise<KeepingSlack> {
  const channels = new Map<string, Message[]>();
  const cards = new Map<string, Card>();
  const counts = new Map<string, number>();
  const told: string[] = [];
  let posted = 0;
  const count = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1);
  const placeOf = (channel = "") => (channel.startsWith("U") ? `D${channel}` : channel);

  const post = (sent: Sent) => {
    const channel = placeOf(sent.channel);
    // Whoever looks for it asks for a span of time, by the clock.
    const ts = `${Math.floor(Date.now() / 1000)}.${String(++posted).padStart(6, "0")}`;
    const { thread_ts, metadata } = sent;
    channels.set(channel, [...(channels.get(channel) ?? []).slice(-3000), { ts, thread_ts, metadata }]);
    const delivery = metadata?.event_payload?.delivery_id;
    if (delivery !== undefined) count(`delivery ${delivery}`);
    const button = approveButton(sent.blocks);
    if (thread_ts === undefined && channel.startsWith("C") && button !== undefined) {
      const { id, blockId, value } = button;
      cards.set(id, { channel, ts, blockId, value });
      count(`card of ${id}`);
    }
    return { channel, ts, message: { ts } };
  };
  const within =
    ({ oldest = "0", latest = "9999999999" }: Sent) =>
    (message: Message) =>
      Number(message.ts) >= Number(oldest) && Number(message.ts) <= Number(latest);
  const read = (sent: Sent, ofThread: boolean) => ({
    messages: (channels.get(placeOf(sent.channel)) ?? [])
      .filter(within(sent))
      .filter(({ thread_ts }) => (ofThread ? thread_ts === sent.ts : thread_ts === undefined))
      .reverse(),
  });
  const answers = {
    "conversations.open": ({ users }: Sent) => ({ channel: { id: `D${users}` } }),
    "conversations.history": (sent: Sent) => read(sent, false),
    "conversations.replies": (sent: Sent) => read(sent, true),
    "chat.postMessage": post,
    "chat.postEphemeral": ({ text = "" }: Sent) => ({ message_ts: String(told.push(text)) }),
  };
  const server = await startSlackServer(answers, (method, sent) => {
    if (method === "response") told.push(sent.text ?? "");
  });
  return {
    ...server,
    card: (id) => cards.get(id),
    duplicates: () => [...counts].filter(([, n]) => n > 1).map(([what, n]) => `${what}: ${n} times`),
    posts: () => posted,
    told,
  };
}
