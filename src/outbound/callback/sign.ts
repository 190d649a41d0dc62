import { createHmac } from "node:crypto";

/**
 * Standard Webhooks: `v1,` + base64 HMAC-SHA256 over `id.timestamp.body`, one for each active secret while one is rotated out.
 */
export function signCallback(secrets: readonly string[], id: string, timestampS: number, body: string): string {
  return secrets
    .map((secret) => {
      const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
      return `v1,${createHmac("sha256", key).update(`${id}.${timestampS}.${body}`).digest("base64")}`;
    })
    .join(" ");
}
