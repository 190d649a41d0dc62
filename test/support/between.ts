import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** What stands between a server and its database: a wire that a test can cut, or let hang. */
export type Wire = {
  /** The database through the wire. */
  url: string;
  /** Every connection is gone on our side, and the database does not hear of it. */
  cut(): void;
  /** Nothing goes through in either direction, and nobody hears of it, until it is let through again. */
  hang(): void;
  letThrough(): void;
  close(): void;
};

/** `url`: of a database behind a unix socket. */
export async function wireTo(url: string): Promise<Wire> {
  const { searchParams, username, pathname } = new URL(url.replace("@/", "@unix/"));
  const pairs = new Set<{ ours: Socket; theirs: Socket }>();
  let hanging = false;
  const server = createServer({ allowHalfOpen: true }, (ours) => {
    const theirs = connect(`${searchParams.get("host")}/.s.PGSQL.5432`);
    const pair = { ours, theirs };
    pairs.add(pair);
    for (const [from, to] of [
      [ours, theirs],
      [theirs, ours],
    ] as const) {
      from.on("error", () => {});
      from.on("data", (data) => to.writable && to.write(data));
      from.on("end", () => to.end());
      if (hanging) from.pause();
    }
    theirs.on("close", () => pairs.delete(pair));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const all = (what: "pause" | "resume") => {
    for (const { ours, theirs } of pairs) for (const socket of [ours, theirs]) socket[what]();
  };
  return {
    url: `postgresql://${username}@127.0.0.1:${port}${pathname}?sslmode=disable`,
    cut() {
      for (const { ours } of pairs) {
        ours.removeAllListeners("end");
        ours.resetAndDestroy();
      }
    },
    hang() {
      hanging = true;
      all("pause");
    },
    letThrough() {
      hanging = false;
      all("resume");
    },
    close() {
      for (const { ours, theirs } of pairs) for (const socket of [ours, theirs]) socket.destroy();
      server.close();
    },
  };
}
