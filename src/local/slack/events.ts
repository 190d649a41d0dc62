import { type Acted, answered, nowS, tsNow, type Wire } from "./interactions.ts";
import { type Delivered, sendSigned } from "./signed.ts";
import { nextId } from "./state.ts";
import { BOT, TEAM } from "./workspace.ts";

/**
 * Events, as Slack sends them: three more times when they are not taken (at once, after a minute, after five), with a number and
 * a reason.
 */
export const EVENT_RETRIES_MS = [0, 60_000, 300_000];

export function openHome(wire: Wire, userId: string): Promise<Acted> {
  return sendEvent(wire, { type: "app_home_opened", user: userId, channel: "D0HOME", tab: "home", event_ts: tsNow(wire) });
}

/** A channel is shared with another company from now on, and the bot is told. */
export function shareChannel(wire: Wire, channel: string): Promise<Acted> {
  Object.assign(wire.world.state.channels.get(channel) ?? {}, { shared: true });
  return sendEvent(wire, { type: "channel_shared", channel, connected_team_id: "T0OTHER", event_ts: tsNow(wire) });
}

/** Answers what became of the first sending and of the retry at once; later ones go on by themselves. */
async function sendEvent(wire: Wire, event: object): Promise<Acted> {
  const eventId = nextId(wire.world.state, "Ev");
  const send = (headers: Record<string, string>) => sendOnce(wire, event, eventId, headers);
  let delivered = await send({});
  for (const [i, delayMs] of wire.retryAfterMs.entries()) {
    if (isTaken(delivered)) return { ok: true };
    const reason = delivered.status === 0 ? "http_timeout" : "http_error";
    const retry = { "x-slack-retry-num": String(i + 1), "x-slack-retry-reason": reason };
    if (delayMs === 0) delivered = await send(retry);
    else setTimeout(() => void send(retry), delayMs).unref();
  }
  return answered(delivered);
}

const isTaken = (delivered: Delivered): boolean => delivered.status >= 200 && delivered.status < 300;

function sendOnce(wire: Wire, event: object, eventId: string, headers: Record<string, string>): Promise<Delivered> {
  const body = JSON.stringify({
    token: "local",
    team_id: TEAM.id,
    api_app_id: BOT.appId,
    event,
    type: "event_callback",
    event_id: eventId,
    event_time: nowS(wire),
    authorizations: [{ enterprise_id: null, team_id: TEAM.id, user_id: BOT.userId, is_bot: true, is_enterprise_install: false }],
  });
  return sendSigned({
    signingSecret: wire.signingSecret,
    botUrl: wire.botUrl(),
    atS: nowS(wire),
    contentType: "application/json",
    body,
    headers,
  });
}
