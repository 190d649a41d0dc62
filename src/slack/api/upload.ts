import type { WebClient } from "@slack/web-api";
import { request } from "undici";
import type { SlackAddress } from "./chat.ts";

/** Puts the bytes of a file into Slack, where nobody sees it until it is shared; its id there. */
export type Upload = (file: { name: string; alt: string; bytes: Buffer }) => Promise<string>;

export function createUpload(client: WebClient, { apiUrl }: SlackAddress, timeoutMs: number): Upload {
  return async ({ name, alt, bytes }) => {
    const asked = await client.files.getUploadURLExternal({ filename: name, length: bytes.length, alt_text: alt });
    const { upload_url: address, file_id: id } = asked;
    if (address === undefined || id === undefined) throw new Error("Slack names no address for the upload");
    if (!isSlacks(address, apiUrl)) throw new Error("Slack names an address for the upload that is none of its own");
    const headers = { "content-type": "application/octet-stream" };
    const signal = AbortSignal.timeout(timeoutMs);
    const answer = await request(address, { method: "POST", headers, body: bytes, signal });
    await answer.body.dump();
    if (answer.statusCode !== 200) throw new Error(`Slack answers the upload with status ${answer.statusCode}`);
    return id;
  };
}

/** `apiUrl`: where the API was said to be; null = Slack's own. */
function isSlacks(address: string, apiUrl: string | null): boolean {
  const url = URL.parse(address);
  if (url === null) return false;
  if (apiUrl !== null && url.origin === new URL(apiUrl).origin) return true;
  return url.protocol === "https:" && /(^|\.)slack(-gov)?\.com$/.test(url.hostname);
}
