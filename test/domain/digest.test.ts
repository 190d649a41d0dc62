import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson, digestOfSubject, subjectOf } from "../../src/domain/shapes/canonical.ts";
import { EscalationRequest } from "../../src/domain/shapes/request.ts";

/** An agent computes the digest of what it sent from the contract alone; it has to be ours, or what it runs counts as something else. */
const byContract = (member: object) =>
  `sha256:${createHash("sha256")
    .update(canonicalize(member) ?? "")
    .digest("hex")}`;
const rest = { schema_version: "1", brief: { decision_required: "?", trigger: { kind: "policy" } } };
/** What a body may hold: NUL and `__proto__` are refused before. */
const padded = fc
  .string({ minLength: 1, maxLength: 50 })
  .filter((text) => /\S/.test(text) && !text.includes("\u0000") && text !== "__proto__");
const sometimes = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const sent = <T extends object>(value: T): T => JSON.parse(JSON.stringify(value));

test("the digest of an action is over what was sent: nothing trimmed, nothing filled in", () => {
  const action = fc.record({
    type: fc.constant("a.b"),
    params: sometimes(
      fc.dictionary(padded, fc.oneof(padded, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean()), { maxKeys: 5 }),
    ),
    environment: sometimes(padded),
    target: sometimes(padded),
    reversible: sometimes(fc.boolean()),
  });
  fc.assert(
    fc.property(action.map(sent), padded, (member, title) => {
      const request = EscalationRequest.parse({
        ...rest,
        kind: "action",
        action: { ...member, title, params_schema: { properties: {} } },
      });
      expect(digestOfSubject(subjectOf(request))).toBe(byContract(member));
    }),
  );
});

test("the digest of a question is over what was sent: nothing trimmed, nothing filled in", () => {
  const options = fc.uniqueArray(fc.record({ id: padded, label: padded }), {
    minLength: 1,
    maxLength: 4,
    selector: (one) => one.id,
  });
  const question = fc.record({ text: padded, options: sometimes(options), allow_free_text: sometimes(fc.constant(true)) });
  fc.assert(
    fc.property(question.map(sent), (member) => {
      expect(digestOfSubject(subjectOf(EscalationRequest.parse({ ...rest, kind: "question", question: member })))).toBe(
        byContract(member),
      );
    }),
  );
});

test("blank is refused, with a pointer to where", () => {
  const read = EscalationRequest.safeParse({ ...rest, kind: "action", action: { type: "a.b", title: "t", target: "  " } });
  expect(read.error?.issues).toMatchObject([{ path: ["action", "target"], message: "may not be blank" }]);
});

test("canonical JSON is that of the library, whatever the names and values are", () => {
  const name = fc.oneof(
    fc.string(),
    fc.string({ unit: "binary" }),
    fc.constantFrom("__proto__", "toString", "10", "9", "-1", "é", "\ud83d"),
  );
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(null, true, -0, 1e21, 1e-7, "\\ud800", "\u2028", new Date(0)),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      name,
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(name, tie("value"), { maxKeys: 5 }),
    ),
  }));
  const either = (make: () => unknown) => {
    try {
      return make();
    } catch {
      return "refused";
    }
  };
  fc.assert(
    fc.property(value, (any) => {
      expect(either(() => canonicalJson(any))).toEqual(either(() => canonicalize(any)));
    }),
  );
  for (const none of [Number.NaN, Number.POSITIVE_INFINITY, { a: [Number.NaN] }, "\ud800", undefined])
    expect(() => canonicalJson(none)).toThrow();
});
