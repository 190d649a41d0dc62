import type { Cluster } from "./cluster.ts";
import type { Pooler } from "./pooler.ts";
import { signal, treeOf } from "./processes.ts";
import type { Replica } from "./replicas.ts";

/** What goes wrong, and how it is put right again. */
export type World = { cluster: Cluster; replicas: readonly Replica[]; pooler: Pooler | null };
export type Fault = {
  name: string;
  says: string;
  /** How long it lasts before it is put right. */
  lastsS: number;
  /** Brings it about, and gives back what puts it right. */
  begin(world: World): Promise<() => Promise<void>>;
};

const frozen = async (pids: () => number[]) => {
  const all = pids();
  signal(all, "SIGSTOP");
  return async () => signal(all, "SIGCONT");
};

export const FAULTS: readonly Fault[] = [
  {
    name: "switchover",
    says: "the primary hands over to its synchronous standby",
    lastsS: 15,
    async begin({ cluster }) {
      await cluster.switchover();
      return async () => {};
    },
  },
  {
    name: "kill-node",
    says: "kill -9 of Patroni and Postgres of the primary; started again afterwards",
    lastsS: 35,
    async begin({ cluster }) {
      const primary = await cluster.nodeIn("leader");
      signal(cluster.pidsOf(primary, "all"), "SIGKILL");
      return async () => cluster.revive(primary);
    },
  },
  {
    name: "kill-postgres",
    says: "kill -9 of Postgres of the primary, which Patroni starts again",
    lastsS: 25,
    async begin({ cluster }) {
      signal(cluster.pidsOf(await cluster.nodeIn("leader"), "postgres"), "SIGKILL");
      return async () => {};
    },
  },
  {
    name: "freeze-primary",
    says: "Patroni and Postgres of the primary stand still, until long after another was promoted, and go on",
    lastsS: 45,
    async begin({ cluster }) {
      const primary = await cluster.nodeIn("leader");
      return frozen(() => cluster.pidsOf(primary, "all"));
    },
  },
  {
    name: "freeze-standby",
    says: "Patroni and Postgres of the synchronous standby stand still",
    lastsS: 35,
    async begin({ cluster }) {
      const standby = await cluster.nodeIn("sync_standby");
      return frozen(() => cluster.pidsOf(standby, "all"));
    },
  },
  {
    name: "cut-from-etcd",
    says: "the primary no longer reaches etcd",
    lastsS: 40,
    async begin({ cluster }) {
      const primary = await cluster.nodeIn("leader");
      await cluster.cutFromEtcd(primary, true);
      return () => cluster.cutFromEtcd(primary, false);
    },
  },
  {
    name: "freeze-etcd",
    says: "etcd stands still",
    lastsS: 40,
    begin: ({ cluster }) => frozen(() => cluster.etcdPids()),
  },
  {
    name: "pause-replica",
    says: "one of the two replicas stands still",
    lastsS: 20,
    begin: ({ replicas: [first] }) => frozen(() => (first === undefined ? [] : treeOf(first.process.pid))),
  },
  {
    name: "replace-replicas",
    says: "each replica is asked to end and another takes its place, one after the other",
    lastsS: 5,
    async begin({ replicas }) {
      for (const replica of replicas) await replica.replace();
      return async () => {};
    },
  },
  {
    name: "kill-pooler",
    says: "kill -9 of PgBouncer, started again after two seconds",
    lastsS: 2,
    async begin({ pooler }) {
      signal(pooler?.pids() ?? [], "SIGKILL");
      return async () => pooler?.start();
    },
  },
];
