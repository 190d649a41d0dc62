import type { IncomingMessage, ServerResponse } from "node:http";
import { App, type BlockAction, LogLevel, type Receiver } from "@slack/bolt";
import { publicChannelAlarm } from "../../domain/consequences/house-alarms.ts";
import { say } from "../../words/en.ts";
import { FORM_IDS } from "../acts/all.ts";
import { createIdentity } from "../api/client.ts";
import { channelFaults, tokenFault } from "../api/readiness.ts";
import { createReviewerNotes } from "../api/reviewers.ts";
import { ANSWER_WITHIN_MS, within } from "../api/within.ts";
import { markOf } from "../cards/view.ts";
import { onCommand } from "../commands/commands.ts";
import { publishHome } from "../home/publish.ts";
import { noticeModal } from "../modals/frame.ts";
import type { StateValues } from "../modals/inputs.ts";
import { spoken } from "../mrkdwn.ts";
import type { SlackParts } from "../parts.ts";
import { onClick } from "./clicks.ts";
import { createRequests, type Listener } from "./signed-requests.ts";
import { createSocket } from "./socket.ts";
import { onSubmit } from "./submits.ts";
import type { ClickOrigin } from "./target.ts";

/** The Slack edge: listeners in. A listener only acks, looks the clicker up, opens or answers a modal, or refuses. */
export type SlackEdge = {
  /** Serves POST /slack/events on the HTTP server; null in Socket Mode. */
  handleRequest: ((request: IncomingMessage, response: ServerResponse) => Promise<void>) | null;
  start(): void;
  stop(): Promise<void>;
  /** Faults that keep Slack from working, one line each. */
  readiness(): Promise<string[]>;
  /** What is worth knowing: reviewers of the configuration whom Slack does not know. */
  notes(): Promise<string[]>;
};

export type SlackCredentials = { botToken: string; signingSecret: string; appToken: string | null; apiUrl: string | null };

const MODAL_IDS = new RegExp(`^(${FORM_IDS.join("|")})$`);

export function createSlackEdge(parts: SlackParts, credentials: SlackCredentials): SlackEdge {
  const identity = createIdentity(parts.api);
  const { appToken, apiUrl } = credentials;
  const socket = appToken === null ? null : createSocket(appToken, apiUrl, parts.log);
  const app = new App({
    receiver: socket?.receiver ?? NO_RECEIVER,
    // `authorize`, not `token`: with a token Bolt asks auth.test first and a slow answer eats the first click.
    authorize: async () => ({
      botToken: credentials.botToken,
      ...(await identity().catch(() => ({ botId: "", botUserId: "" }))),
    }),
    logLevel: LogLevel.ERROR,
    ...(apiUrl === null ? {} : { clientOptions: { slackApiUrl: apiUrl } }),
  });
  listen(app, parts);
  return {
    handleRequest: socket === null ? createRequests(credentials.signingSecret, hear(app, parts), parts.log) : null,
    start: () => socket?.start(),
    stop: async () => socket?.stop(),
    notes: createReviewerNotes(parts.people, parts.directory),
    readiness: async () => {
      try {
        await identity();
        return [...((socket?.isOpen() ?? true) ? [] : [say.sending.slack.socketClosed]), ...(await faultsOfChannels(parts))];
      } catch (error) {
        return [tokenFault(error)];
      }
    },
  };
}

/** A channel that something restricted went to has to be private; the alarm about it ends when it is. */
async function faultsOfChannels({ channels, directory, engine }: SlackParts): Promise<string[]> {
  const all = [...new Set([...directory().queues.values()].map(({ channel }) => channel))];
  const lasting = await engine.lastingAlarms(all.map(publicChannelAlarm)).catch((): string[] => []);
  const guarded = all.filter((channel) => lasting.includes(publicChannelAlarm(channel)));
  const faults = await channelFaults(channels, directory(), guarded);
  for (const channel of guarded) {
    const found = await channels.look(channel);
    if (found.state === "fine" && found.isPrivate) await engine.clearAlarm(publicChannelAlarm(channel)).catch(() => {});
  }
  return faults;
}

/** What comes over HTTP is handed to the app when it has been verified and parsed. */
const NO_RECEIVER: Receiver = { init() {}, start: async () => {}, stop: async () => {} };

/** Clicks are most of what comes, and each is acknowledged and done at once; everything else finds its listener in the app. */
const hear =
  (app: App, parts: SlackParts): Listener =>
  async (body, ack) => {
    if (body["type"] !== "block_actions") return app.processEvent({ body, ack });
    await ack();
    await onActions(parts, body as unknown as BlockAction);
  };

function listen(app: App, parts: SlackParts): void {
  app.action({ type: "block_actions" }, async ({ ack, body }) => {
    await ack();
    await onActions(parts, body);
  });
  app.view({ type: "view_submission", callback_id: MODAL_IDS }, async ({ ack, body, view }) => {
    const values = view.state.values as unknown as StateValues;
    const teamId = workspaceOf(body);
    const answer = await onSubmit(parts, {
      viewId: view.id,
      callbackId: view.callback_id,
      shown: view,
      metadata: view.private_metadata,
      values,
      userId: body.user.id,
      teamId,
    });
    if (answer === undefined) await ack();
    else await ack(answer as never);
  });
  app.command("/countersign", async ({ ack, command, respond }) => {
    // With should_escape people come as `<@U…|name>`; what else was typed comes escaped, and is taken as it was typed.
    const typed = (command.text ?? "").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
    const answer = onCommand(parts, { text: typed, userId: command.user_id, teamId: command.team_id });
    const told = answer.catch((error: unknown) => {
      parts.log.error({ err: error, command: command.text }, "a command failed");
      return say.clicks.notAnswered;
    });
    const text = await within(ANSWER_WITHIN_MS, told);
    await ack({ response_type: "ephemeral", ...spoken(text ?? "One moment…") });
    if (text === null) await respond({ response_type: "ephemeral", ...spoken(await told), replace_original: true });
  });
  app.event("app_home_opened", async ({ event }) => {
    if (event.tab !== "home") return;
    await parts.engine.homes.opened(event.user).catch((error: unknown) => {
      parts.log.error({ err: error, user: event.user }, "an opened Home could not be noted; it is drawn now and not kept fresh");
    });
    await showHome(parts, event.user);
  });
  for (const event of ["channel_shared", "channel_unshared"] as const)
    app.event(event, async ({ event: { channel } }) => {
      parts.channels.forget(channel);
      await parts.channels.look(channel);
    });
  for (const event of ["tokens_revoked", "app_uninstalled"] as const)
    app.event(event, () => parts.engine.ringAlarm({ kind: "slack_gone", event }));
  app.error(async (error) => parts.log.error({ err: error }, "a Slack listener failed"));
}

/** The one act of a click. */
async function onActions(parts: SlackParts, body: BlockAction): Promise<void> {
  const [action] = body.actions;
  if (action === undefined) return;
  const container = body.container as { type?: string; channel_id?: string; message_ts?: string } | undefined;
  const ts = body.message?.ts ?? container?.message_ts ?? "";
  const mark = markOf(action.block_id);
  const origin: ClickOrigin =
    body.channel?.id !== undefined
      ? { on: "message", channel: body.channel.id, ts, mark, shown: body.message }
      : body.view?.type === "modal"
        ? { on: "modal", callbackId: body.view.callback_id, shown: body.view }
        : container?.channel_id !== undefined
          ? { on: "message", channel: container.channel_id, ts, mark }
          : { on: "home" };
  const clicker = { userId: body.user.id, triggerId: body.trigger_id ?? null, origin };
  const teamId = workspaceOf(body);
  if (action.type === "overflow" || action.type === "static_select") {
    const [act = "", value] = action.selected_option.value.split(" ");
    return onClick(parts, { act, value, teamId, clicker });
  }
  if (action.type === "button") await onClick(parts, { act: action.action_id, value: action.value, teamId, clicker });
  if (origin.on === "home") await showHome(parts, body.user.id);
}

/**
 * Where it was clicked. In an Enterprise Grid the account's own `team_id` names one fixed workspace of the person, whichever they
 * are in.
 */
const workspaceOf = (body: { team: { id: string } | null; user: { team_id?: string } }): string =>
  body.team?.id ?? body.user.team_id ?? "";

/** Draws the Home of one person; a failure is shown there as well, because a blank page answers nothing. */
async function showHome(parts: SlackParts, userId: string): Promise<void> {
  try {
    await publishHome(parts, parts.api.interactive, userId);
  } catch (error) {
    parts.log.error({ err: error, user: userId }, "a Home could not be drawn");
    const blocks = noticeModal(say.home.title, say.home.notDrawn).blocks;
    await parts.api.interactive.views.publish({ user_id: userId, view: { type: "home", blocks } }).catch(() => {});
  }
}
