import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";

/** What Debian has to bring along, and where its Postgres keeps the programs that stand on no path. */
export type Programs = {
  patroni: string;
  etcd: string;
  haproxy: string;
  pgbouncer: string | null;
  postgres: string;
  versions: string;
};

const PLACES = ["/usr/bin", "/usr/sbin", "/usr/local/bin"];
const find = (name: string) => PLACES.map((place) => path.join(place, name)).find(existsSync) ?? null;

/** Or what is missing. */
export function findPrograms(): Programs | { missing: string[] } {
  const [patroni, etcd, haproxy, pgbouncer] = ["patroni", "etcd", "haproxy", "pgbouncer"].map(find);
  const postgres = findPostgres();
  const missing = Object.entries({ patroni, "etcd-server": etcd, haproxy, "postgresql-15 or newer": postgres })
    .filter(([, place]) => place === null || place === undefined)
    .map(([name]) => name);
  if (!patroni || !etcd || !haproxy || postgres === null) return { missing };
  const versions = [
    firstLine(patroni, "--version"),
    firstLine(etcd, "--version"),
    firstLine(haproxy, "-v").replace(/ (\d{4}\/|-).*/, ""),
    firstLine(path.join(postgres, "postgres"), "--version"),
    ...(pgbouncer ? [firstLine(pgbouncer, "--version")] : []),
  ].join(", ");
  return { patroni, etcd, haproxy, pgbouncer: pgbouncer ?? null, postgres, versions };
}

function findPostgres(): string | null {
  const root = "/usr/lib/postgresql";
  const all = existsSync(root) ? readdirSync(root).map(Number) : [];
  const newest = all.filter((version) => version >= 15 && existsSync(`${root}/${version}/bin/initdb`)).sort((a, b) => b - a)[0];
  return newest === undefined ? null : `${root}/${newest}/bin`;
}

function firstLine(program: string, flag: string): string {
  const { stdout, stderr } = spawnSync(program, [flag], { encoding: "utf8" });
  return `${stdout}${stderr}`.trim().split("\n")[0] ?? "";
}
