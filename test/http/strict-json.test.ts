import fc from "fast-check";
import { expect, test } from "vitest";
import { parseStrictJson } from "../../src/http/strict-json.ts";

const parse = (text: string) => parseStrictJson(Buffer.from(text));

test("whatever JSON.stringify writes is read as JSON.parse reads it", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      const text = JSON.stringify(value);
      const strict = parse(text);
      const safe =
        !/__proto__|\\u0000/.test(text) &&
        text.isWellFormed() &&
        !/\\ud[89a-f]/i.test(text) &&
        Number.isSafeInteger(0) &&
        !hasUnsafe(value);
      if (safe) expect(strict).toEqual({ ok: true, value: JSON.parse(text) });
    }),
  );
});
const hasUnsafe = (value: unknown): boolean =>
  typeof value === "number"
    ? Number.isInteger(value) && !Number.isSafeInteger(value)
    : typeof value === "object" && value !== null
      ? Object.values(value).some(hasUnsafe)
      : false;

test("any bytes at all get an answer", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(typeof parseStrictJson(Buffer.from(bytes)).ok).toBe("boolean");
    }),
  );
});

test("what JSON.parse hides is refused with its place", () => {
  const cases: [string, string, string][] = [
    ['{"a":{"b":1,"b":2}}', "invalid-request", "/a/b"],
    ['{"a":[{"__proto__":1}]}', "invalid-request", "/a/0/__proto__"],
    ['{"a":[1,90071992547409931]}', "invalid-request", "/a/1"],
    ['{"a":1e400}', "invalid-request", "/a"],
    ['{"a/b":{"c~d":"\\u0000"}}', "invalid-request", "/a~1b/c~0d"],
    ['["\\udc00"]', "invalid-request", "/0"],
    ["[1,]", "malformed-json", ""],
    ["\uFEFF{}", "malformed-json", ""],
    [`${"[".repeat(40)}${"]".repeat(40)}`, "invalid-request", ""],
    [`${"[".repeat(5000)}`, "invalid-request", ""],
  ];
  for (const [text, code, pointer] of cases) expect(parse(text), text.slice(0, 40)).toMatchObject({ ok: false, code, pointer });
  expect(parseStrictJson(Buffer.from([0x22, 0xff, 0x22]))).toMatchObject({ ok: false, code: "malformed-json" });
  expect(parseStrictJson(Buffer.alloc(600 * 1024, 0x20))).toMatchObject({ ok: false, code: "payload-too-large" });
  expect(parse('{"a":"{\\"b\\":1,\\"b\\":2}","c":-0.5e3}')).toEqual({ ok: true, value: { a: '{"b":1,"b":2}', c: -500 } });
});
