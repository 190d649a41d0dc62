import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { signCallback } from "../../src/outbound/callback/sign.ts";

const secret = fc.uint8Array({ minLength: 24, maxLength: 64 }).map((bytes) => `whsec_${Buffer.from(bytes).toString("base64")}`);
const id = fc.stringMatching(/^dlv_[0-9A-Za-z]{1,30}$/);
const timestampS = fc.integer({ min: 0, max: 4_000_000_000 });
// Whole characters only: the body is sent as UTF-8, which has no halves.
const body = fc.string({ unit: "grapheme", maxLength: 200 });

test("every signature is byte for byte the one of the standard's own library", () => {
  fc.assert(
    fc.property(fc.array(secret, { minLength: 1, maxLength: 3 }), id, timestampS, body, (secrets, webhookId, at, text) => {
      const theirs = secrets.map((one) => new Webhook(one).sign(webhookId, new Date(at * 1000), text)).join(" ");
      expect(signCallback(secrets, webhookId, at, text)).toBe(theirs);
    }),
  );
});
