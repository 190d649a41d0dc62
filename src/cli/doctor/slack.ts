import { WebClient } from "@slack/web-api";
import { refuseAccount } from "../../domain/people/authority.ts";
import type { Directory } from "../../domain/people/directory.ts";
import type { Config } from "../../settings/config.ts";
import type { Settings } from "../../settings/settings.ts";
import { createChannels } from "../../slack/api/channels.ts";
import { createSlackApi, faultOf, refusalCode, type SlackApi } from "../../slack/api/client.ts";
import { MANIFEST } from "../../slack/api/manifest.ts";
import { createPeople } from "../../slack/api/people.ts";
import { channelFaults, tokenFault } from "../../slack/api/readiness.ts";
import { say as words } from "../../words/en.ts";
import type { Report } from "./findings.ts";

const say = words.doctor.slack;
type Real = Extract<Settings["slack"], { mode: "real" }>;
const CALL_MS_MAX = 4000;
/** Looking people up ends before the probe's own time, so that what was found out is told. */
const PEOPLE_MS_MAX = 4000;
const AT_ONCE = 4;

/** Whether Slack takes the token, and what it lets the bot do; null when it does not, or does not answer. */
export async function lookAtToken(report: Report, slack: Real): Promise<{ api: SlackApi; teams: readonly string[] } | null> {
  const api = createSlackApi(slack, CALL_MS_MAX);
  try {
    const { team, team_id, enterprise_id, response_metadata } = await api.outbox.auth.test();
    report.good(say.token(team ?? team_id ?? ""));
    lookAtScopes(report, (response_metadata as { scopes?: string[] } | undefined)?.scopes);
    return { api, teams: [team_id, enterprise_id].filter((id) => id !== undefined && id !== "") as string[] };
  } catch (error) {
    report.wrong(tokenFault(error));
    return null;
  }
}

function lookAtScopes(report: Report, given: readonly string[] | undefined): void {
  const lacking = MANIFEST.oauth_config.scopes.bot.filter((scope) => given?.includes(scope) === false);
  if (given === undefined) report.note(say.untoldScopes);
  else if (lacking.length > 0) report.wrong(say.lacks(lacking));
  else report.good(say.scopes);
}

/** Asks for a socket's address and does not open it: a second open socket would take clicks away from the server. */
export async function lookAtSocket(report: Report, { appToken, apiUrl }: Real): Promise<void> {
  if (appToken === null) return;
  const at = apiUrl === null ? {} : { slackApiUrl: apiUrl };
  const client = new WebClient(appToken, { retryConfig: { retries: 0 }, timeout: CALL_MS_MAX, ...at });
  try {
    await client.apps.connections.open();
    report.good(say.socket);
  } catch (error) {
    report.wrong(say.noSocket(refusalCode(faultOf(error)) ?? "no answer"));
  }
}

export async function lookAtChannels(report: Report, api: SlackApi, { directory, policy }: Config): Promise<void> {
  const channels = createChannels(api.outbox, async () => {});
  const { queues, alarmsChannel } = directory;
  const faults = await channelFaults(channels, directory);
  const alarms = alarmsChannel === null ? null : await channels.faultOf(say.alarms, alarmsChannel, false);
  for (const fault of alarms === null ? faults : [...faults, alarms]) report.wrong(fault);
  if (faults.length === 0 && alarms === null) report.good(say.channels(queues.size));
  if (!policy.rules.some(({ source }) => "when" in source && source.when.includes("classification"))) return;
  const states = [...queues.values()].map(async ({ name, channel }) => ({ name, channel, found: await channels.look(channel) }));
  const open = (await Promise.all(states)).flatMap(({ name, channel, found }) =>
    found.state === "fine" && !found.isPrivate ? [`${channel} (${name})`] : [],
  );
  if (open.length > 0) report.note(say.public(open));
}

/** A workspace that the token does not belong to has nobody who could decide. */
export function lookAtTeam(report: Report, { teamId }: Directory, teams: readonly string[]): void {
  if (teamId !== null && teams.length > 0 && !teams.includes(teamId)) report.wrong(say.otherTeam(teamId, teams.join(", ")));
}

export async function lookAtPeople(report: Report, api: SlackApi, given: Directory, teams: readonly string[]): Promise<void> {
  const directory = { ...given, teamId: given.teamId ?? teams[0] ?? null };
  const until = performance.now() + PEOPLE_MS_MAX;
  const people = createPeople(api, async () => {});
  const waiting = [...directory.reviewers.values()];
  const [able, unable] = [new Set<string>(), new Set<string>()];
  const askOn = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { userId, name } = next;
      const account = performance.now() > until ? null : await people.recall(userId);
      if (account === null) {
        waiting.push(next);
        return;
      }
      const refusal = refuseAccount(directory, { userId, teamId: directory.teamId ?? "", account, accountAgeS: 0 });
      (refusal === null ? able : unable).add(userId);
      if (refusal !== null) report.note(say.unknown(`${name} (${userId})`));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, askOn));
  if (waiting.length > 0) report.note(say.notAsked(waiting.length));
  else if (unable.size === 0) report.good(say.people(able.size));
  for (const { name, members } of directory.queues.values())
    if (members.every((id) => unable.has(id))) report.wrong(say.nobodyIn(name));
}
