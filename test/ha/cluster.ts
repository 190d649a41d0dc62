import { chownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePorts } from "../support/black-box.ts";
import { type As, end, type Launched, launch, treeOf, userForPostgres } from "./processes.ts";
import type { Programs } from "./programs.ts";

/** Three Postgres nodes, each with a Patroni, which agree in etcd on who is the primary; HAProxy leads there. */
export const TTL_S = 20;
export const PASSWORDS = { postgres: "ha-postgres", repl: "ha-repl", rewind: "ha-rewind" };

type Node = { name: string; port: number; restPort: number; etcdPort: number; dir: string; patroni: Launched };
export type Member = { name: string; role: string; state: string; lag?: number | string };
export type Cluster = {
  dir: string;
  /** Where HAProxy leads to the primary. */
  port: number;
  nodePorts: readonly number[];
  members(): Promise<Member[]>;
  nodeIn(role: "leader" | "sync_standby"): Promise<string>;
  untilWhole(patienceMs?: number): Promise<void>;
  /** Patroni, and Postgres with all its processes. */
  pidsOf(node: string, what: "all" | "postgres"): number[];
  etcdPids(): number[];
  /** Starts Patroni again where it has ended. */
  revive(node: string): void;
  switchover(): Promise<void>;
  cutFromEtcd(node: string, cut: boolean): Promise<void>;
  down(): Promise<void>;
};

export async function startCluster(dir: string, programs: Programs): Promise<Cluster> {
  const as = userForPostgres();
  const ports = await freePorts(12);
  const next = (): number => ports.pop() ?? 0;
  const own = (place: string) => {
    mkdirSync(place, { recursive: true, mode: 0o700 });
    if (as.uid !== undefined) chownSync(place, as.uid, as.gid);
  };
  own(dir);
  const [etcdPort, etcdPeerPort, port] = [next(), next(), next()];
  const bare = [1, 2, 3].map((n) => {
    const node = { name: `n${n}`, port: next(), restPort: next(), etcdPort: next(), dir: path.join(dir, `n${n}`) };
    own(node.dir);
    writeFileSync(path.join(dir, `${node.name}.yml`), JSON.stringify(patroniFor(node, programs.postgres)));
    return node;
  });
  const etcd = launch("etcd", etcdCommand(programs.etcd, dir, etcdPort, etcdPeerPort), { dir, as });
  writeFileSync(path.join(dir, "haproxy.cfg"), haproxyFor(dir, port, etcdPort, bare));
  const haproxy = launch("haproxy", [programs.haproxy, "-f", path.join(dir, "haproxy.cfg")], { dir, as });
  const startPatroni = (node: { name: string }) => launchPatroni(node.name, dir, programs, as);
  const nodes: Node[] = bare.map((node) => ({ ...node, patroni: startPatroni(node) }));
  return clusterOf({ dir, port, nodes, etcd, haproxy, startPatroni });
}

function launchPatroni(name: string, dir: string, programs: Programs, as: As): Launched {
  const env = { PATH: `${programs.postgres}:${process.env["PATH"]}` };
  return launch(name, [programs.patroni, path.join(dir, `${name}.yml`)], { dir, as, env });
}

type Started = {
  dir: string;
  port: number;
  nodes: Node[];
  etcd: Launched;
  haproxy: Launched;
  startPatroni: (node: { name: string }) => Launched;
};

function clusterOf({ dir, port, nodes, etcd, haproxy, startPatroni }: Started): Cluster {
  const named = (name: string): Node => {
    const node = nodes.find((one) => one.name === name);
    if (node === undefined) throw new Error(`no node is called ${name}`);
    return node;
  };
  const members = async (): Promise<Member[]> => {
    const asked = nodes.map(async ({ restPort }) => {
      const answer = await fetch(`http://127.0.0.1:${restPort}/cluster`, { signal: AbortSignal.timeout(2000) });
      return ((await answer.json()) as { members: Member[] }).members;
    });
    return Promise.any(asked).catch(() => []);
  };
  const nodeIn = async (role: string): Promise<string> => {
    for (let tries = 0; tries < 60; tries++) {
      const found = (await members()).find((member) => member.role === role);
      if (found !== undefined) return found.name;
      await sleep(500);
    }
    throw new Error(`no node is the ${role}`);
  };
  return {
    dir,
    port,
    nodePorts: nodes.map((node) => node.port),
    members,
    nodeIn,
    async untilWhole(patienceMs = 120_000) {
      const until = Date.now() + patienceMs;
      for (let found: Member[] = []; ; await sleep(500)) {
        found = await members();
        const runs = found.filter(({ state, role }) => state === "streaming" || (state === "running" && role !== "stopped"));
        const has = (role: string) => runs.some((member) => member.role === role);
        if (runs.length === nodes.length && has("leader") && has("sync_standby")) return;
        if (Date.now() > until) throw new Error(`the cluster did not come back whole: ${JSON.stringify(found)}`);
      }
    },
    pidsOf(name, what) {
      const node = named(name);
      const postmaster = Number(readFileSync(path.join(node.dir, "data", "postmaster.pid"), "utf8").split("\n")[0]);
      return treeOf(...(what === "all" ? [node.patroni.pid] : []), postmaster);
    },
    etcdPids: () => treeOf(etcd.pid),
    revive(name) {
      const node = named(name);
      if (node.patroni.exited() !== null) node.patroni = startPatroni(node);
    },
    async switchover() {
      const [leader, candidate] = [await nodeIn("leader"), await nodeIn("sync_standby")];
      const body = JSON.stringify({ leader, candidate });
      await fetch(`http://127.0.0.1:${named(leader).restPort}/switchover`, {
        method: "POST",
        body,
        signal: AbortSignal.timeout(60_000),
      });
    },
    async cutFromEtcd(name, cut) {
      await tellHaproxy(dir, `${cut ? "disable" : "enable"} frontend etcd_for_${name}`);
      if (cut) await tellHaproxy(dir, "shutdown sessions server etcd/e1");
    },
    async down() {
      for (const { patroni } of nodes) await end(patroni, 10_000);
      await Promise.all([end(haproxy), end(etcd)]);
    },
  };
}

/** As Debian's Patroni 3.0.2 keeps acknowledged data: etcd's v2 API, and strictly synchronous. */
function patroniFor({ name, port, restPort, etcdPort, dir }: Omit<Node, "patroni">, binDir: string): object {
  return {
    scope: "cs",
    name,
    restapi: { listen: `127.0.0.1:${restPort}`, connect_address: `127.0.0.1:${restPort}` },
    etcd: { host: `127.0.0.1:${etcdPort}`, use_proxies: true },
    bootstrap: {
      dcs: {
        ttl: TTL_S,
        loop_wait: 2,
        retry_timeout: 5,
        maximum_lag_on_failover: 1_048_576,
        synchronous_mode: true,
        synchronous_mode_strict: true,
        failsafe_mode: true,
        postgresql: {
          use_pg_rewind: true,
          use_slots: true,
          // A standby that is told to take over finishes its wait for more to copy before it does: five seconds by default.
          parameters: { max_connections: 100, wal_keep_size: "128MB", wal_log_hints: "on", wal_retrieve_retry_interval: "1s" },
        },
      },
      initdb: [{ encoding: "UTF8" }, { locale: "C.UTF-8" }, "data-checksums"],
    },
    postgresql: {
      listen: `127.0.0.1:${port}`,
      connect_address: `127.0.0.1:${port}`,
      data_dir: path.join(dir, "data"),
      bin_dir: binDir,
      pgpass: path.join(dir, "pgpass"),
      pg_hba: [
        "local all all trust",
        "host replication repl 127.0.0.1/32 scram-sha-256",
        "host all all 127.0.0.1/32 scram-sha-256",
      ],
      parameters: { unix_socket_directories: dir, shared_buffers: "64MB" },
      authentication: {
        superuser: { username: "postgres", password: PASSWORDS.postgres },
        replication: { username: "repl", password: PASSWORDS.repl },
        rewind: { username: "rewind", password: PASSWORDS.rewind },
      },
    },
  };
}

function etcdCommand(program: string, dir: string, port: number, peerPort: number): [string, ...string[]] {
  const [url, peer] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peerPort}`];
  const clients = ["--listen-client-urls", url, "--advertise-client-urls", url];
  const peers = ["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", `default=${peer}`];
  return [program, "--enable-v2", "--data-dir", path.join(dir, "etcd"), ...clients, ...peers];
}

/** Sessions with a node that is none any more are ended: without that, each statement waits as long as statements may. */
function haproxyFor(dir: string, port: number, etcdPort: number, nodes: readonly Omit<Node, "patroni">[]): string {
  const servers = nodes.map((node) => `  server ${node.name} 127.0.0.1:${node.port} check port ${node.restPort}`);
  const toEtcd = nodes.flatMap(({ name, etcdPort: mine }) => [
    `frontend etcd_for_${name}`,
    `  bind 127.0.0.1:${mine}`,
    "  default_backend etcd",
  ]);
  return `global
  maxconn 1000
  stats socket ${dir}/haproxy.sock mode 600 level admin
defaults
  mode tcp
  timeout connect 1s
  timeout client 1h
  timeout server 1h
  timeout check 1s
listen primary
  bind 127.0.0.1:${port}
  option httpchk OPTIONS /primary
  http-check expect status 200
  default-server inter 1s fall 2 rise 1 on-marked-down shutdown-sessions
${servers.join("\n")}
${toEtcd.join("\n")}
backend etcd
  server e1 127.0.0.1:${etcdPort}
`;
}

function tellHaproxy(dir: string, command: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path.join(dir, "haproxy.sock"), () => socket.end(`${command}\n`));
    socket
      .on("error", reject)
      .on("data", () => {})
      .on("close", () => resolve());
  });
}
