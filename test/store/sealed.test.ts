import { createHash } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson } from "../../src/domain/shapes/canonical.ts";
import { OF_DRAWINGS, OF_OPENINGS } from "../../src/store/dictionaries.ts";
import { seal, unseal } from "../../src/store/sealed.ts";
import { words } from "../support/any-brief.ts";
import { opened, requestFor } from "../support/domain.ts";
import { runs } from "../support/properties.ts";

const AS = ["anything", "opening", "drawing"] as const;
const { request, ruling } = opened(
  requestFor("payments.refund", { amount: 120, currency: "EUR" }, { action: { target: "order/8841" } }),
);
const opening = canonicalJson({ request, ruling });

test("whatever is sealed is read again, as whatever it was sealed", () => {
  const text = fc.oneof(
    words(400),
    fc.array(words(400), { maxLength: 8 }).map((list) => opening + list.join("\n")),
  );
  fc.assert(
    fc.property(text, fc.constantFrom(...AS), (one, as) => unseal("", seal("", one, as)) === one),
    runs(300),
  );
});

test("what was sealed stays readable: no dictionary ever changes, nor what its number means", () => {
  const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
  expect(sha256(OF_OPENINGS)).toBe("1cbefb9505adeaa5c982c3d3d86814805163b535c9ee4fc89c53a4d0013e3140");
  expect(sha256(OF_DRAWINGS)).toBe("a3a7041186bc5ef51afd3496a4461e690b4b9c9f311bae1fc7eeeffb11147602");
  const forms = [undefined, OF_OPENINGS, OF_DRAWINGS];
  for (const [i, dictionary] of forms.entries()) {
    const packed = deflateRawSync(opening, dictionary === undefined ? {} : { dictionary: Buffer.from(dictionary) });
    expect(unseal("", Buffer.concat([Buffer.from([1 + i]), packed]))).toBe(opening);
  }
  expect(unseal("", Buffer.from("\0plain"))).toBe("plain");
  expect(() => unseal("", Buffer.from("\u0009plain"))).toThrow("unknown form: 9");
  expect(() => unseal("", Buffer.alloc(0))).toThrow("unknown form");
});

test("of an opening, little but its own words is kept", () => {
  const [byAny, byOpening] = [seal("", opening, "anything"), seal("", opening, "opening")];
  expect(byOpening.length).toBeLessThan(byAny.length / 2);
});
