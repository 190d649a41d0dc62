import { writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { settingsFor } from "../../src/store/pool.ts";
import { freePorts } from "../support/black-box.ts";
import type { Cluster } from "./cluster.ts";
import { end, type Launched, launch, treeOf, userForPostgres } from "./processes.ts";
import { ROLE_PASSWORD, superuserUrl } from "./replicas.ts";

/** PgBouncer, which lends each transaction a connection; it reaches the primary through HAProxy. */
export type Pooler = { port: number; pids(): number[]; start(): void; stop(): Promise<void> };

export async function startPooler(program: string, { dir, port: primary }: Cluster): Promise<Pooler> {
  await setUpRole(primary);
  const [port = 0] = await freePorts(1);
  const files = { users: path.join(dir, "users.txt"), config: path.join(dir, "pgbouncer.ini") };
  writeFileSync(files.users, `"countersign_app" "${ROLE_PASSWORD}"\n`);
  writeFileSync(files.config, configuration(port, primary, files.users));
  const begin = () => launch("pgbouncer", [program, files.config], { dir, as: userForPostgres() });
  let running: Launched = begin();
  await sleep(1000);
  return {
    port,
    pids: () => treeOf(running.pid),
    start() {
      running = begin();
    },
    stop: () => end(running),
  };
}

/** What a connection cannot ask for through a pooler, its role has to have. */
async function setUpRole(primary: number): Promise<void> {
  const admin = new pg.Client({ connectionString: superuserUrl(primary, "postgres") });
  await admin.connect();
  const options = { maxConnections: 1, applicationName: "", statementTimeoutMs: 1, plans: "by key", pooled: true } as const;
  for (const [name, value] of Object.entries(settingsFor(options)))
    await admin.query(`ALTER ROLE countersign_app SET ${name} = '${value}'`);
  await admin.end();
}

/** A failed login is tried again within a second instead of fifteen: a failover is over by then. */
const configuration = (port: number, primary: number, users: string) => `[databases]
countersign = host=127.0.0.1 port=${primary} dbname=countersign
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${users}
pool_mode = transaction
default_pool_size = 20
max_client_conn = 200
server_login_retry = 1
`;
