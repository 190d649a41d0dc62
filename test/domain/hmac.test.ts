import { createHmac } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { hmacSha256 } from "../../src/domain/shapes/canonical.ts";

test("our HMAC is the HMAC, for any key up to a block and any message", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.uint8Array({ maxLength: 500 }), (key, message) => {
      const [k, m] = [Buffer.from(key), Buffer.from(message)];
      expect(hmacSha256(k, m)).toBe(createHmac("sha256", k).update(m).digest("hex"));
    }),
  );
});
