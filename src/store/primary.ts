import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { LIMITS } from "../domain/base/limits.ts";

/** Finding the primary among the hosts of a database, and staying with it. */

/** As Postgres itself says it where something is written to a standby. */
const READ_ONLY = "25006";
export const isReadOnly = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === READ_ONLY;

/** A standby answers reads, with what may be old or taken back: nothing here is to go by that. */
export async function refuseStandby(client: pg.ClientBase): Promise<void> {
  const query = { text: "SELECT pg_is_in_recovery() AS standby", query_timeout: LIMITS.hostAnswer.value };
  const { rows } = await client.query<{ standby: boolean }>(query);
  if (rows[0]?.standby !== false) throw Object.assign(new Error("this host is a standby"), { code: READ_ONLY });
}

/** A connection of one's own to the primary: the first of the hosts that is it, or the failure of the last. */
export async function connectToPrimary(urls: readonly string[], config: pg.ClientConfig): Promise<pg.Client> {
  let failure: unknown;
  for (const url of urls) {
    try {
      return await connectTo(url, config);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

async function connectTo(url: string, config: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client({ ...config, connectionString: url, connectionTimeoutMillis: LIMITS.hostAnswer.value });
  // It may die between two statements: the next one says so.
  client.on("error", () => {});
  try {
    await client.connect();
    await refuseStandby(client);
    return client;
  } catch (error) {
    client.connection.stream.destroy();
    throw error;
  }
}

/**
 * Makes a pool follow the primary of several hosts: a connection that is not to be had from one is asked of the next. A primary
 * that froze says nothing at all, and each statement would wait for it as long as statements may: so one more connection looks
 * after it, and when it does not answer while another host is the primary, every connection to the old one is dropped at once.
 */
export function followPrimary(pool: pg.Pool, urls: readonly [string, ...string[]], config: pg.ClientConfig): void {
  const places = urls.map((connectionString) => placeOf(new pg.Client({ connectionString })));
  const open = new Set<pg.PoolClient>();
  let at = 0;
  // The pool reads this for each connection that it makes.
  Object.defineProperty(pool.options, "connectionString", { get: () => urls[at] });
  pool.on("connect", (client) => open.add(client));
  pool.on("remove", (client) => open.delete(client));
  const moveTo = (to: number) => {
    at = to;
    for (const client of open) if (placeOf(client) !== places[to]) client.connection.stream.destroy(gone());
  };
  const watch = { stopped: false };
  void keepLooking(urls, config, watch, { present: () => at, moveTo });
  const [connect, end] = [pool.connect.bind(pool), pool.end.bind(pool)];
  const connectSomewhere = async (): Promise<pg.PoolClient> => {
    for (let left = urls.length - 1; ; left--) {
      const asked = at;
      try {
        return await connect();
      } catch (error) {
        if (left === 0 || isCrowded(error)) throw error;
        if (at === asked) at = (at + 1) % urls.length;
      }
    }
  };
  Object.assign(pool, {
    connect(answer?: (error: unknown, client?: pg.PoolClient, release?: pg.PoolClient["release"]) => void) {
      if (answer === undefined) return connectSomewhere();
      return void connectSomewhere().then((client) => answer(undefined, client, client.release), answer);
    },
    end() {
      watch.stopped = true;
      return end();
    },
  });
}

const placeOf = ({ host, port }: Pick<pg.Client, "host" | "port">): string => `${host}:${port}`;
const gone = () => new Error("Connection terminated: another host is the primary now");
/** Too many of ours want a connection: that says nothing about the host. */
const isCrowded = (error: unknown) => error instanceof Error && /timeout exceeded when trying to connect/.test(error.message);

type Place = { present: () => number; moveTo: (to: number) => void };

async function keepLooking(
  urls: readonly string[],
  config: pg.ClientConfig,
  watch: { stopped: boolean },
  { present, moveTo }: Place,
): Promise<void> {
  const link: { client: pg.Client | null; to: number } = { client: null, to: -1 };
  const isThere = async (): Promise<boolean> => {
    try {
      if (link.to !== present()) await hangUp(link);
      link.to = present();
      link.client ??= await connectToPrimary(urls.slice(link.to, link.to + 1), config);
      await refuseStandby(link.client);
      return true;
    } catch {
      await hangUp(link);
      return false;
    }
  };
  while (!watch.stopped) {
    if (!(await isThere()) && !watch.stopped) {
      const found = await findPrimary(urls, config);
      if (found !== null) moveTo(found);
    }
    await sleep(LIMITS.hostAnswer.value, undefined, { ref: false });
  }
  await hangUp(link);
}

/** All at once, as those that are gone may say nothing. */
async function findPrimary(urls: readonly string[], config: pg.ClientConfig): Promise<number | null> {
  const asked = urls.map(async (url, index) => {
    const client = await connectTo(url, config);
    void client.end();
    return index;
  });
  return Promise.any(asked).catch(() => null);
}

async function hangUp(link: { client: pg.Client | null }): Promise<void> {
  link.client?.connection.stream.destroy();
  link.client = null;
}
