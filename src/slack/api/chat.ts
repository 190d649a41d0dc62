import { type ChatPostMessageArguments, type ChatUpdateArguments, ErrorCode } from "@slack/web-api";
import { Agent, request } from "undici";

/**
 * `chat.postMessage` and `chat.update`, which every card takes and which the SDK's client spends five times as long on: a
 * queue, a retry and a log for each call, none of which the outbox has a use for. Fails with the SDK's own error codes, so that
 * `faultOf` reads both.
 */
export type Chat = {
  postMessage(message: ChatPostMessageArguments): Promise<Posted>;
  update(message: ChatUpdateArguments): Promise<Posted>;
};
/** Where the message stands. */
export type Posted = { channel: string | null; ts: string | null };

/** As many as there are lanes towards Slack, and a few that answer clicks. */
const CONNECTIONS = 32;
/** Slack echoes the message; nothing it says of one is larger. */
const ANSWER_BYTES_MAX = 1024 * 1024;
const SLACK = "https://slack.com/api/";

/** Of what looks like a host in a `text`, Slack makes a link otherwise: what an agent named would become an address. */
const UNPARSED = { parse: "none" };

/** `apiUrl`: null = Slack's own. */
export type SlackAddress = { botToken: string; apiUrl: string | null };

export function createChat({ botToken, apiUrl }: SlackAddress, timeoutMs: number): Chat {
  const dispatcher = new Agent({ connections: CONNECTIONS, maxResponseSize: ANSWER_BYTES_MAX });
  const headers = { authorization: `Bearer ${botToken}`, "content-type": "application/json; charset=utf-8" };
  const call = async (method: string, message: object): Promise<Posted> => {
    const url = new URL(method, apiUrl ?? SLACK);
    const signal = AbortSignal.timeout(timeoutMs);
    const answer = await request(url, { method: "POST", headers, body: JSON.stringify(message), dispatcher, signal });
    return readAnswer(answer.statusCode, answer.headers["retry-after"], await answer.body.text());
  };
  return {
    postMessage: (message) => call("chat.postMessage", { ...message, ...UNPARSED }),
    update: (message) => call("chat.update", { ...message, ...UNPARSED }),
  };
}

function readAnswer(status: number, retryAfter: string | string[] | undefined, text: string): Posted {
  if (status === 429) {
    const seconds = Number.parseInt(String(retryAfter), 10);
    if (Number.isNaN(seconds)) throw new Error("Slack limits us and does not say for how long");
    throw Object.assign(new Error(`Slack limits us for ${seconds} s`), { code: ErrorCode.RateLimitedError, retryAfter: seconds });
  }
  if (status !== 200) throw Object.assign(new Error(`Slack answers with status ${status}`), { code: ErrorCode.HTTPError });
  const { ok, error, channel, ts } = parsed(text);
  if (ok !== true)
    throw Object.assign(new Error(`Slack refuses it: ${error}`), { code: ErrorCode.PlatformError, data: { error } });
  return { channel: typeof channel === "string" ? channel : null, ts: typeof ts === "string" ? ts : null };
}

/** A body that is no JSON stands where a code would: as no code looks like it, nobody takes it for a refusal. */
function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text);
  } catch {
    return { ok: false, error: text };
  }
}
