import { accessSync, constants, existsSync, readFileSync, statSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { DOT_ENV, unknownInFile } from "../../settings/dot-env.ts";
import type { Settings } from "../../settings/settings.ts";
import { settingWarnings } from "../../settings/warnings.ts";
import { say as words } from "../../words/en.ts";
import type { Report } from "./findings.ts";

const say = words.doctor.machine;
const PACKAGE = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "..", "package.json");
const SECRET = /^\s*(?:export\s+)?([A-Z_]*(?:TOKEN|SECRET|PAGER_KEY_\w+|PASSWORD)|(?:DATABASE|SMTP)\w*URL)\s*=\s*\S/m;
const ANSWER_MS_MAX = 2300;

export function lookAtNode(report: Report, version = process.versions.node): void {
  const { engines } = z.object({ engines: z.object({ node: z.string() }) }).parse(JSON.parse(readFileSync(PACKAGE, "utf8")));
  const least = Number(/\d+/.exec(engines.node)?.[0]);
  if (Number.parseInt(version, 10) < least) report.wrong(say.oldNode(version, least));
  else report.good(say.node(version));
}

/** What stands in `.env` and nobody reads, and who else could read it. */
export function lookAtDotEnv(report: Report, file = DOT_ENV): void {
  if (!existsSync(file)) return;
  for (const line of unknownInFile(file)) report.note(line);
  if ((statSync(file).mode & 0o077) !== 0 && SECRET.test(readFileSync(file, "utf8"))) report.note(say.readableFile(file));
}

export function lookAtWarnings(report: Report, settings: Settings): void {
  for (const line of settingWarnings(settings)) report.note(line);
}

export function lookAtDataDir(report: Report, { dataDir }: Settings): void {
  const why = notWritable(dataDir);
  if (why !== null) report.wrong(say.noDataDir(dataDir, why));
  else if (!existsSync(dataDir)) report.good(say.freshDataDir(dataDir));
  else if ((statSync(dataDir).mode & 0o007) !== 0) report.note(say.openDataDir(dataDir));
  else report.good(say.dataDir(dataDir));
}

function notWritable(dataDir: string): string | null {
  const place = nearestThere(path.resolve(dataDir));
  if (!statSync(place).isDirectory()) return say.noDirectory(place);
  try {
    accessSync(place, constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

const nearestThere = (dir: string): string => (existsSync(dir) ? dir : nearestThere(path.dirname(dir)));

/**
 * Free, or held by our own server, which then says itself how it is. `mine`: it works on the data that a start would use.
 */
export async function lookAtPort(report: Report, settings: Settings, mine: boolean): Promise<void> {
  const { port, host, loopback, metricsToken } = settings;
  if (!(await isTaken(report, "PORT", port, host))) return;
  const at = `http://${loopback ? "127.0.0.1" : host}:${port}`;
  if ((await ask(`${at}/healthz`, Alive)) === null) report.wrong(say.foreignPort("PORT", port));
  else if (!mine) report.wrong(say.otherCountersign("PORT", port));
  else tellReadiness(report, port, await ask(`${at}/readyz`, Readiness, metricsToken));
}

function tellReadiness(report: Report, port: number, told: z.infer<typeof Readiness> | null): void {
  if (told === null) {
    report.note(say.slowToSay(port));
    return;
  }
  const { status, missing, notes } = told;
  for (const line of notes) report.note(line);
  for (const line of missing) report.wrong(line);
  if (status === "ready") report.good(say.ownPort(port));
  else if (missing.length === 0) report.wrong(say.unready(port));
}

export async function lookAtLocalSlackPort(report: Report, port: number, mine: boolean): Promise<void> {
  if (!(await isTaken(report, "LOCAL_SLACK_PORT", port, "127.0.0.1"))) return;
  const page = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(ANSWER_MS_MAX) })
    .then((answer) => answer.text())
    .catch(() => "");
  if (!page.includes("<title>Countersign")) report.wrong(say.foreignPort("LOCAL_SLACK_PORT", port));
  else if (mine) report.good(say.ownLocalSlack(port));
  else report.wrong(say.otherCountersign("LOCAL_SLACK_PORT", port));
}

/** False when that is said already: it can be had, or nobody could have it. */
async function isTaken(report: Report, name: string, port: number, host: string): Promise<boolean> {
  const why = port === 0 ? null : await tryPort(port, host);
  if (port === 0) report.good(say.anyPort(name));
  else if (why === null) report.good(say.freePort(name, port));
  else if (why !== "EADDRINUSE") report.wrong(say.noPort(name, port, why));
  return why === "EADDRINUSE";
}

/** null when it can be had, else the code of why not. */
function tryPort(port: number, host: string): Promise<string | null> {
  const server = net.createServer();
  return new Promise((resolve) => {
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, host, () => server.close(() => resolve(null)));
  });
}

const Alive = z.object({ status: z.literal("ok") });
const Readiness = z.object({
  status: z.enum(["ready", "not ready"]),
  missing: z.array(z.string()).default([]),
  notes: z.array(z.string()).default([]),
});

/** null when nothing of that shape comes in time. */
async function ask<T>(url: string, shape: z.ZodType<T>, token: string | null = null): Promise<T | null> {
  try {
    const headers = token === null ? {} : { authorization: `Bearer ${token}` };
    const answer = await fetch(url, { headers, signal: AbortSignal.timeout(ANSWER_MS_MAX) });
    return shape.parse(await answer.json());
  } catch {
    return null;
  }
}
