import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { newKey } from "../../test/support/black-box.ts";
import { createDriver } from "../road/drive.ts";
import { type RealProcess, startRealProcess } from "../road/real-process.ts";

/**
 * One agent posts ten thousand escalations as fast as it is let, most of them into one channel, while three others ask for something there now and then; Slack
 * takes one message a second in a channel. What matters is not time but turns: how many other messages came into the channel between the acknowledgement of a
 * normal escalation and its card.
 */
export type Flood = {
  taken: number;
  refused: number;
  lost: number;
  /** Of each normal escalation, and the worst of them. */
  turns: number[];
  worst: number;
  /** Cards that ask somebody and came behind a notice that was acknowledged after them. */
  overtaken: number;
};

const POST_EVERY_MS = 1000;
const NORMAL = ["bench-normal-a", "bench-normal-b", "bench-normal-c"];
const CHANNEL = "C0Q0";
const LIMITS = "{ agent: { submits_per_minute: 600, burst: 200, open: 2000 }, queue: { open: 100000 } }";

export async function measureFlood(dataDir: string, quick: boolean, say: (line: string) => void): Promise<Flood> {
  const around = { postEveryMs: POST_EVERY_MS, limits: LIMITS };
  const product = await startRealProcess(path.join(dataDir, "flood"), say, around);
  const db = new pg.Pool({ connectionString: product.postgres.ownerUrl });
  try {
    const acknowledged = new Map<string, { asks: boolean; normal: boolean; before: number }>();
    const flood = startFlood(product, quick ? 1000 : 10_000, acknowledged);
    // The normal ones come when the flood has filled the channel.
    await sleep(3000);
    await askNowAndThen(product, quick ? 6 : 30, acknowledged);
    const refused = await flood.stop();
    const posts = product.slack.posts(CHANNEL);
    const turns = [...acknowledged]
      .filter(([, { normal }]) => normal)
      .map(([id, { before }]) => posts.findIndex((post) => post.escalationId === id) - before + 1);
    const overtaken = countOvertaken(posts, acknowledged);
    const { rows } = await db.query("SELECT count(*)::int AS n FROM opened WHERE id = ANY($1)", [[...acknowledged.keys()]]);
    const lost = acknowledged.size - rows[0].n;
    const result = { taken: acknowledged.size, refused, lost, turns, worst: Math.max(...turns), overtaken };
    say(
      `flood: ${result.taken} taken, ${refused} refused, ${lost} lost; the card of a normal escalation came at the latest as number ${result.worst} after its acknowledgement; ${overtaken} were overtaken by notices`,
    );
    return result;
  } finally {
    await db.end();
    await product.stop();
  }
}

type Acknowledged = Map<string, { asks: boolean; normal: boolean; before: number }>;

/** Every other one is a notice. Whoever is refused comes again at once. */
function startFlood(product: RealProcess, posts: number, acknowledged: Acknowledged): { stop(): Promise<number> } {
  const driver = createDriver(product, 16);
  let left = posts;
  let refused = 0;
  let wanted = true;
  const one = async (worker: number) => {
    while (wanted && left-- > 0) {
      const asks = (left + worker) % 2 === 0;
      const id = await driver.submit(asks ? "bench.act0" : "bench.notify").catch(() => null);
      if (id === null) refused++;
      else acknowledged.set(id, { asks, normal: false, before: product.slack.posts(CHANNEL).length });
    }
  };
  const workers = Array.from({ length: 16 }, (_, worker) => one(worker));
  return {
    async stop() {
      // To its last post, or until everybody else has what they came for.
      wanted = left > 0 && posts >= 10_000;
      await Promise.all(workers);
      await driver.close();
      return refused;
    },
  };
}

/** One after the other: each waits for its card, so that none of them is in the way of another. */
async function askNowAndThen(product: RealProcess, count: number, acknowledged: Acknowledged): Promise<void> {
  const keys = await Promise.all(NORMAL.map((name) => newKey(product.postgres.ownerUrl, name)));
  const drivers = keys.map((key) => createDriver(product, 1, key));
  for (let i = 0; i < count; i++) {
    const id = (await drivers[i % drivers.length]?.submit("bench.act0")) ?? "";
    acknowledged.set(id, { asks: true, normal: true, before: product.slack.posts(CHANNEL).length });
    await product.slack.card(id);
  }
  for (const driver of drivers) await driver.close();
}

/** A card that asks somebody may wait for others that ask, and for a notice that was there before it; not for one that came later. */
function countOvertaken(posts: readonly { escalationId: string | null }[], acknowledged: Acknowledged): number {
  const order = [...acknowledged.keys()];
  const cameAt = new Map(order.map((id, at) => [id, at]));
  let newestNotice = -1;
  let overtaken = 0;
  for (const { escalationId } of posts) {
    const known = escalationId === null ? undefined : acknowledged.get(escalationId);
    if (escalationId === null || known === undefined) continue;
    const at = cameAt.get(escalationId) ?? 0;
    if (!known.asks) newestNotice = Math.max(newestNotice, at);
    else if (newestNotice > at && known.normal) overtaken++;
  }
  return overtaken;
}
