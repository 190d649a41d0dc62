import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseStrictJson } from "../../src/http/strict-json.ts";
import { runs } from "../support/properties.ts";

const parse = (text: string) => parseStrictJson(Buffer.from(text));

/** The rules once more, told over the parsed value: slow and plain, to hold the scan against. Duplicates cannot be seen here. */
function faulty(value: unknown, key = "", within = ""): boolean {
  if (key === "__proto__" || (key === "prototype" && within === "constructor")) return true;
  if (key.includes("\u0000") || !key.isWellFormed()) return true;
  if (typeof value === "string") return value.includes("\u0000") || !value.isWellFormed();
  if (typeof value === "number") return Number.isInteger(value) && !Number.isSafeInteger(value);
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some((one) => faulty(one));
  return Object.keys(value).some((name) => faulty((value as Record<string, unknown>)[name], name, key));
}

const awkwardKey = fc.constantFrom("a", "b", "__proto__", "constructor", "prototype", "a/b", "~", "", "\ud800", "\u0000", "ü");
const awkwardNumber = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(2 ** 53, 2 ** 53 - 1, -(2 ** 53), 1e30),
);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5 },
    fc.oneof(awkwardNumber, fc.string({ unit: "binary" }), fc.constantFrom("\udc00x", '{"a":1,"a":2}', "\\", null, true)),
    fc.array(tie("tree"), { maxLength: 4 }),
    fc.array(fc.tuple(awkwardKey, tie("tree")), { maxLength: 3 }).map((entries) => Object.fromEntries(entries)),
  ),
}));

test("a value is read as JSON.parse reads it, unless it holds one of the things that are refused", () => {
  const seen = { good: 0, bad: 0 };
  fc.assert(
    fc.property(tree, fc.constantFrom(0, 2), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      const plain: unknown = JSON.parse(text);
      const strict = parse(text);
      if (faulty(plain)) expect(strict, text).toMatchObject({ ok: false, code: "invalid-request" });
      else expect(strict, text).toEqual({ ok: true, value: plain });
      seen[strict.ok ? "good" : "bad"]++;
    }),
    runs(1000),
  );
  // Both branches were walked: the property is not about one of them only.
  expect(Math.min(seen.good, seen.bad)).toBeGreaterThan(50);
});

/** JSON text written by hand, so that an object can hold a key twice and a key can be spelt with escapes. */
type Written = { text: string; twice: boolean };
const spelt = (key: string, escaped: boolean) =>
  escaped ? `"${[...key].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")}"` : JSON.stringify(key);
const { written } = fc.letrec<{ written: Written }>((tie) => ({
  written: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom("1", '"x"', "null", '"{\\"a\\":1,\\"a\\":1}"', "-0.5e3", '"\\\\"').map((text) => ({ text, twice: false })),
    fc.array(tie("written"), { maxLength: 3 }).map((items) => ({
      text: `[ ${items.map((item) => item.text).join(" ,\n")}]`,
      twice: items.some((item) => item.twice),
    })),
    fc
      .array(fc.tuple(fc.constantFrom("a", "b", "c/d", "é", ""), fc.boolean(), tie("written")), { maxLength: 3 })
      .map((entries) => ({
        text: `{${entries.map(([key, escaped, item]) => `\t${spelt(key, escaped)} : ${item.text}`).join(",")} }`,
        twice: new Set(entries.map(([key]) => key)).size < entries.length || entries.some(([, , item]) => item.twice),
      })),
  ),
}));

test("a key that appears twice in one object is found, however it is spelt, and nothing else is taken for one", () => {
  fc.assert(
    fc.property(written, ({ text, twice }) => {
      if (twice)
        expect(parse(text), text).toMatchObject({ ok: false, code: "invalid-request", detail: expect.stringContaining("twice") });
      else expect(parse(text), text).toEqual({ ok: true, value: JSON.parse(text) });
    }),
    runs(1000),
  );
});

test("what JSON.parse refuses is malformed, whatever else is wrong with it", () => {
  const mutated = fc
    .tuple(written, fc.nat(), fc.constantFrom("", "{", "}", "[", ",", '"', ":", "\\", "-", "1e", "\u0001", "nul"))
    .map(([{ text }, at, piece]) => text.slice(0, at % (text.length + 1)) + piece + text.slice((at % (text.length + 1)) + 1));
  fc.assert(
    fc.property(mutated, (text) => {
      let json = true;
      try {
        JSON.parse(text);
      } catch {
        json = false;
      }
      const strict = parse(text);
      if (json) expect(strict.ok || strict.code === "invalid-request", text).toBe(true);
      else expect(strict, text).toMatchObject({ ok: false, code: "malformed-json", pointer: "" });
    }),
    runs(1000),
  );
});

test("any bytes at all get an answer", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(typeof parseStrictJson(Buffer.from(bytes)).ok).toBe("boolean");
    }),
  );
});

describe("what JSON.parse hides is refused with its place", () => {
  const zeros = "0".repeat(600);
  const cases: [string, string, string, RegExp][] = [
    ['{"a":{"b":1,"b":2}}', "invalid-request", "/a/b", /send it once/],
    ['{"a":{"b":1},"b":{"a":1,"\\u0061":2}}', "invalid-request", "/b/a", /send it once/],
    ['{"a":[{"__proto__":1}]}', "invalid-request", "/a/0/__proto__", /another name/],
    ['{"\\u005f_proto__":1}', "invalid-request", "/__proto__", /another name/],
    ['{"constructor":{"prototype":{}}}', "invalid-request", "/constructor/prototype", /another name/],
    ['{"a":[1,9007199254740992]}', "invalid-request", "/a/1", /as a string/],
    ['{"a":[1,90071992547409931]}', "invalid-request", "/a/1", /as a string/],
    ['{"a":-9007199254740993.0}', "invalid-request", "/a", /as a string/],
    ['{"a":9007199254740993e0}', "invalid-request", "/a", /as a string/],
    ['{"a":1e400}', "invalid-request", "/a", /too large/],
    ['{"a":-1E+400}', "invalid-request", "/a", /too large/],
    [`[1.${zeros}e30]`, "invalid-request", "/0", /as a string/],
    [`[${"9".repeat(600)}]`, "invalid-request", "/0", /too large/],
    ['{"a/b":{"c~d":"\\u0000"}}', "invalid-request", "/a~1b/c~0d", /leave it out/],
    ['{"\\u0000":1}', "invalid-request", "/\u0000", /leave it out/],
    ['["\\udc00"]', "invalid-request", "/0", /whole characters/],
    ['{"\\ud800":1}', "invalid-request", "/\ufffd", /whole characters/],
    ["[1,]", "malformed-json", "", /not JSON/],
    ['{"a":1,"a":2', "malformed-json", "", /not JSON/],
    ["", "malformed-json", "", /empty/],
    ["\uFEFF{}", "malformed-json", "", /byte order mark/],
    [`${'{"a":'.repeat(33)}1${"}".repeat(33)}`, "invalid-request", "/a".repeat(32), /32 levels/],
    [`{"x":${"[".repeat(5000)}${"]".repeat(5000)}}`, "invalid-request", `/x${"/0".repeat(31)}`, /32 levels/],
    ["[".repeat(500_000), "invalid-request", "/0".repeat(32), /32 levels/],
  ];
  for (const [text, code, pointer, detail] of cases)
    test(text.slice(0, 40), () =>
      expect(parse(text)).toEqual({ ok: false, code, pointer, detail: expect.stringMatching(detail) }),
    );
});

test("what only looks alike is let through", () => {
  const zeros = "0".repeat(600);
  for (const text of [
    '{"a":"{\\"b\\":1,\\"b\\":2}","c":-0.5e3}',
    '{"constructor":"Williams F1","prototype":{"constructor":1}}',
    '["__proto__",{"x":"__proto__"}]',
    "[9007199254740991,-9007199254740991,1e15,0.1e-5]",
    `[0.${zeros}99999999999999999999]`,
    '["\\ud83d\\ude00","😀","\\\\u0000"]',
    `${"[".repeat(32)}${"]".repeat(32)}`,
  ])
    expect(parse(text), text.slice(0, 40)).toEqual({ ok: true, value: JSON.parse(text) });
});

test("bytes: not UTF-8, and more of them than are allowed", () => {
  expect(parseStrictJson(Buffer.from([0x22, 0xff, 0x22]))).toMatchObject({ ok: false, code: "malformed-json" });
  // A surrogate written straight into the bytes, and an over-long slash.
  expect(parseStrictJson(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]))).toMatchObject({ ok: false, code: "malformed-json" });
  expect(parseStrictJson(Buffer.from([0x22, 0xc0, 0xaf, 0x22]))).toMatchObject({ ok: false, code: "malformed-json" });
  expect(parseStrictJson(Buffer.alloc(512 * 1024 + 1, 0x20))).toMatchObject({
    ok: false,
    code: "payload-too-large",
    detail: expect.stringContaining("512 KiB"),
  });
  expect(parse(`"${"x".repeat(512 * 1024 - 2)}"`).ok).toBe(true);
  expect(parseStrictJson(Buffer.from("[[1]]"), { bytesMax: 100, depthMax: 1 })).toMatchObject({ ok: false, pointer: "/0" });
});

test("a pointer never echoes a huge key, but names the nearest ancestor", () => {
  const parsed = parse(`{"a":{"${"k".repeat(100_000)}":1e400}}`);
  expect(parsed).toMatchObject({ ok: false, pointer: "/a" });
});
