import type pg from "pg";
import { type Config, readConfigFile } from "../../settings/config.ts";
import { configPlace } from "../../settings/config-place.ts";
import { everyFault } from "../../settings/every-fault.ts";
import { problemLine } from "../../settings/problem-words.ts";
import type { Environment, Settings } from "../../settings/settings.ts";
import { routeWarnings } from "../../settings/warnings.ts";
import { say as words } from "../../words/en.ts";
import { lookAtDatabase, lookAtEmbedded, lookAtStanding, lookInside, runningDatabase } from "./database.ts";
import { type Finding, look, type Report } from "./findings.ts";
import { lookAtDataDir, lookAtDotEnv, lookAtLocalSlackPort, lookAtNode, lookAtPort, lookAtWarnings } from "./machine.ts";
import { lookAtChannels, lookAtPeople, lookAtSocket, lookAtTeam, lookAtToken } from "./slack.ts";

/**
 * Everything that a start and `/readyz` look at, and what only shows later; nothing is started or changed for it. Every probe has
 * a bounded time, and what a faulty setting stands for is left out.
 */
const { areas } = words.doctor;
type Read = { name: string; config: Config | null };

export async function examine(env: Environment): Promise<Finding[]> {
  const { settings, faults, broken } = everyFault(env);
  const machine = await look("machine", areas.machine, (report) => lookAtNode(report));
  const set = await look("settings", areas.settings, (report) => {
    for (const line of faults) report.wrong(line);
    if (faults.length === 0) report.good(words.doctor.settings.good);
    else report.note(words.doctor.settings.half);
    lookAtDotEnv(report);
    if (settings !== null) lookAtWarnings(report, settings);
  });
  if (settings === null) return [...set, ...machine];
  const isBroken = (prefix: string) => [...broken].some((name) => name.startsWith(prefix));
  const slackIsBroken = isBroken("SLACK_");
  let read: Read = { name: settings.configPath, config: null };
  const configuration = await look("configuration", areas.configuration, (report) => {
    read = lookAtFile(report, settings, slackIsBroken);
  });
  const rest = await Promise.all([
    isBroken("DATABASE_") ? [] : examineDatabase(settings, read),
    slackIsBroken ? [] : examineSlack(settings, read.config),
    isBroken("PORT") || isBroken("HOST") ? [] : examineMachine(settings, slackIsBroken),
  ]);
  const [database, slack, here] = rest;
  return once([...set, ...machine, ...here, ...configuration, ...database, ...slack]);
}

/** A running server and this look at the same things: what both say stands there once. */
function once(findings: readonly Finding[]): Finding[] {
  const said = new Set<string>();
  return findings.filter(({ text }) => (said.has(text) ? false : said.add(text)));
}

function lookAtFile(report: Report, settings: Settings, slackIsBroken: boolean): Read {
  const place = slackIsBroken ? { file: settings.configPath, example: false } : configPlace(settings);
  const found = readConfigFile(place.file);
  if (!found.ok) for (const problem of found.problems) report.wrong(problemLine(place.file, problem));
  if (!found.ok) return { name: place.file, config: null };
  const { directory, policy, warnings } = found.config;
  if (place.example) report.good(words.doctor.configuration.example(settings.configPath));
  const types = Object.keys(policy.source.action_types).length;
  const { reviewers, queues } = directory;
  report.good(words.doctor.configuration.good(place.file, reviewers.size, queues.size, types, policy.rules.length));
  for (const warning of warnings) report.note(problemLine(place.file, warning));
  if (!place.example) for (const line of routeWarnings(found.config, settings)) report.note(line);
  return { name: place.file, config: found.config };
}

async function examineDatabase(settings: Settings, file: Read): Promise<Finding[]> {
  let pool: pg.Pool | null = null;
  const first = await look("database", areas.database, async (report) => {
    const running = await runningDatabase(settings);
    if (running === null) return lookAtEmbedded(report);
    pool = await lookAtDatabase(report, settings, running);
  });
  const open = pool as pg.Pool | null;
  if (open === null) return first;
  const [inside, standing] = await Promise.all([
    look("database", areas.database, (report) => lookInside(report, settings, open, file.config)),
    look("configuration", areas.configuration, (report) => lookAtStanding(report, settings, open, file)),
  ]);
  await open.end();
  return [...first, ...inside, ...standing];
}

async function examineSlack({ slack }: Settings, config: Config | null): Promise<Finding[]> {
  if (slack.mode === "local") return look("slack", areas.slack, (report) => report.good(words.doctor.slack.local));
  let taken: Awaited<ReturnType<typeof lookAtToken>> = null;
  const first = await look("slack", areas.slack, async (report) => {
    taken = await lookAtToken(report, slack);
  });
  const token = taken as Awaited<ReturnType<typeof lookAtToken>>;
  if (token === null) return first;
  const { api, teams } = token;
  const probes: ((report: Report) => Promise<void> | void)[] = [(report) => lookAtSocket(report, slack)];
  if (config !== null)
    probes.push(
      (report) => lookAtTeam(report, config.directory, teams),
      (report) => lookAtChannels(report, api, config),
      (report) => lookAtPeople(report, api, config.directory, teams),
    );
  const rest = await Promise.all(probes.map((probe) => look("slack", areas.slack, probe)));
  return [...first, ...rest.flat()];
}

async function examineMachine(settings: Settings, slackIsBroken: boolean): Promise<Finding[]> {
  const { slack } = settings;
  const mine = (await runningDatabase(settings)) !== null;
  const probes: ((report: Report) => Promise<void> | void)[] = [
    (report) => lookAtDataDir(report, settings),
    (report) => lookAtPort(report, settings, mine),
  ];
  if (slack.mode === "local" && !slackIsBroken) probes.push((report) => lookAtLocalSlackPort(report, slack.port, mine));
  return (await Promise.all(probes.map((probe) => look("machine", areas.machine, probe)))).flat();
}
