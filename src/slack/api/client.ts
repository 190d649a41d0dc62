import { ErrorCode, LogLevel, WebClient } from "@slack/web-api";
import { say } from "../../words/en.ts";
import { type Chat, createChat, type SlackAddress } from "./chat.ts";
import { createPermalink, type Permalink } from "./permalink.ts";
import { createUpload, type Upload } from "./upload.ts";

/**
 * Two clients, because one 429 pauses a whole client and a trigger lives three seconds: the outbox's, and the one that answers
 * clicks; and a lean one for the messages themselves. None retries: a retried write is a message posted twice. The outbox owns
 * the retries.
 */
export type SlackApi = { outbox: WebClient; interactive: WebClient; chat: Chat; permalink: Permalink; upload: Upload };

/** `timeoutMs`: how long one call may take. */
export function createSlackApi(address: SlackAddress, timeoutMs = 10_000): SlackApi {
  const { botToken, apiUrl } = address;
  const client = () =>
    new WebClient(botToken, {
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      timeout: timeoutMs,
      allowAbsoluteUrls: false,
      logLevel: LogLevel.ERROR,
      ...(apiUrl === null ? {} : { slackApiUrl: apiUrl }),
    });
  const outbox = client();
  return {
    outbox,
    interactive: client(),
    chat: createChat(address, timeoutMs),
    permalink: createPermalink(outbox),
    upload: createUpload(outbox, address, timeoutMs),
  };
}

/** What a failed call means for whoever has to decide what to do next. */
export type CallFault =
  | { kind: "limited"; retryAfterS: number }
  /** Slack said no, with this code: nothing was stored. */
  | { kind: "refused"; code: string }
  /** Nobody knows whether Slack stored it. */
  | { kind: "ambiguous"; why: string };

export function faultOf(error: unknown): CallFault {
  const known = error as { code?: string; retryAfter?: number; data?: { error?: string }; message?: string };
  if (known.code === ErrorCode.RateLimitedError) return { kind: "limited", retryAfterS: known.retryAfter ?? 30 };
  if (known.code === ErrorCode.PlatformError) {
    const code = known.data?.error ?? "unknown_error";
    // The SDK passes a body that is not JSON on as if it were the code: what is no code says nothing about what was stored.
    if (!/^[a-z_0-9]+$/.test(code)) return { kind: "ambiguous", why: say.sending.unreadableAnswer };
    if (code === "ratelimited" || code === "rate_limited") return { kind: "limited", retryAfterS: 30 };
    // These say that Slack itself failed, perhaps after storing.
    if (code === "internal_error" || code === "fatal_error" || code === "service_unavailable" || code === "request_timeout")
      return { kind: "ambiguous", why: code };
    return { kind: "refused", code };
  }
  return { kind: "ambiguous", why: known.message ?? say.sending.noAnswer };
}

/** Slack's code, where it said no. */
export const refusalCode = (fault: CallFault): string | null => ("code" in fault ? fault.code : null);

/** Somebody has deleted the message that was to be updated, or it is none of ours any more. */
export function isMessageGone(fault: CallFault): boolean {
  const code = refusalCode(fault);
  return code === "message_not_found" || code === "cant_update_message";
}

/** The bot's own identity, asked once and kept; asked again until it was answered. */
export type Identity = { teamId: string; botUserId: string; botId: string };
export function createIdentity(api: SlackApi): () => Promise<Identity> {
  let known: Identity | null = null;
  return async () => {
    if (known !== null) return known;
    const answer = await api.interactive.auth.test();
    // Installed for a whole organisation, the bot belongs to all of its workspaces.
    const team = answer.is_enterprise_install === true ? answer.enterprise_id : answer.team_id;
    known = { teamId: team ?? "", botUserId: answer.user_id ?? "", botId: answer.bot_id ?? "" };
    return known;
  };
}
