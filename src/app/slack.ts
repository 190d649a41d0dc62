import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Logger } from "pino";
import type { Clock } from "../domain/base/clock.ts";
import { redrawIn } from "../engine/delivery/redraw.ts";
import type { Engine } from "../engine/engine.ts";
import type { EngineParts } from "../engine/parts.ts";
import { createCardPlaces } from "../engine/reading/cards.ts";
import type { LocalSlack } from "../local/slack/server.ts";
import type { Settings } from "../settings/settings.ts";
import { createChannels } from "../slack/api/channels.ts";
import { createIdentity, createSlackApi, type SlackApi } from "../slack/api/client.ts";
import { MANIFEST } from "../slack/api/manifest.ts";
import { createPeople } from "../slack/api/people.ts";
import { createSlackEdge, type SlackCredentials, type SlackEdge } from "../slack/listening/listeners.ts";
import { createSlackSenders } from "../slack/sending/senders.ts";
import type { Workspace } from "./workspace.ts";

/** Slack, the real one or the stand-in, put together. */
const README = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "README.md");

/**
 * The stand-in; its token and secret are new at each start, and only this process knows them. Where it is not used it need not be
 * installed.
 */
export async function openLocalSlack(settings: Settings, port: number, clock: Clock): Promise<LocalSlack> {
  const statePath = path.join(settings.dataDir, "local-slack.json");
  const { startLocalSlack } = await import("../local/slack/server.ts");
  return startLocalSlack({ port, clock, statePath, readme: README, scopes: MANIFEST.oauth_config.scopes.bot });
}

type Around = { log: Logger; clock: Clock };

export function buildSlack(
  settings: Settings,
  local: LocalSlack | null,
  engine: Engine,
  { pool, directory }: Pick<EngineParts, "pool" | "directory">,
  workspace: Workspace,
  { log, clock }: Around,
): { edge: SlackEdge; api: SlackApi; senders: ReturnType<typeof createSlackSenders> } {
  const credentials = credentialsOf(settings, local);
  const api = createSlackApi(credentials);
  const identity = createIdentity(api);
  const people = createPeople(api, async () => workspace.learn((await identity()).teamId));
  const channels = createChannels(api.interactive, async (channel) => {
    try {
      await redrawIn({ pool, directory }, channel);
    } catch (error) {
      log.error({ err: error, channel }, "the cards of a channel that became shared could not be folded yet");
      throw error;
    }
  });
  const edge = createSlackEdge({ engine, api, people, channels, directory, log }, credentials);
  const senders = createSlackSenders({ engine, places: createCardPlaces(pool), api, directory, clock, channels, people });
  return { edge, api, senders };
}

function credentialsOf({ slack }: Settings, local: LocalSlack | null): SlackCredentials {
  if (slack.mode === "real") {
    const { botToken, signingSecret, appToken, apiUrl } = slack;
    return { botToken, signingSecret: signingSecret ?? "", appToken, apiUrl };
  }
  if (local === null) throw new Error("the local Slack was not started");
  return { botToken: local.botToken, signingSecret: local.signingSecret, appToken: null, apiUrl: local.apiUrl };
}
