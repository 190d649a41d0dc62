import { createHmac } from "node:crypto";

/**
 * A request to the bot as Slack sends it: form or JSON, signed with v0. Returns what the bot answered, or what Slack would show
 * when it did not.
 */
export type Delivered = { status: number; body: string };
export type SendOptions = {
  signingSecret: string;
  botUrl: string;
  atS: number;
  contentType: string;
  body: string;
  headers?: Record<string, string>;
};

const ANSWER_MS = 3000;

export async function sendSigned(options: SendOptions): Promise<Delivered> {
  const timestamp = String(options.atS);
  const signature = `v0=${createHmac("sha256", options.signingSecret).update(`v0:${timestamp}:${options.body}`).digest("hex")}`;
  const headers = {
    "content-type": options.contentType,
    "x-slack-request-timestamp": timestamp,
    "x-slack-signature": signature,
    ...options.headers,
  };
  try {
    const response = await fetch(options.botUrl, {
      method: "POST",
      headers,
      body: options.body,
      signal: AbortSignal.timeout(ANSWER_MS + 2000),
    });
    return { status: response.status, body: await response.text() };
  } catch (error) {
    return { status: 0, body: error instanceof Error ? error.message : String(error) };
  }
}
