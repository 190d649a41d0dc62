import fc from "fast-check";
import { expect } from "vitest";
import { clip, inertText, isolated } from "../../src/domain/base/inert.ts";
import type { Escalation } from "../../src/domain/shapes/escalation.ts";
import { EscalationRequest } from "../../src/domain/shapes/request.ts";
import { asShown } from "../../src/local/slack/wording.ts";
import { judged, opened, requestFor } from "./domain.ts";

/** Any brief an agent could send, the hostile ones first, and what "inert" means of what is drawn from it. */
export const NASTY = [
  "<!channel>",
  "<@U0CHRIS>",
  "<http://evil.example|Order>",
  "*bold*",
  "_i_ ~s~ `c`",
  "\u202Egnp.exe",
  "zero\u200Bwidth",
  "line\nbreak",
  "&lt;!here&gt;",
  ":rotating_light:",
  "</script>",
  "a".repeat(400),
  "🙂".repeat(60),
  "\u0007bell",
  // A whole message in variation selectors, fillers and blanks that look like nothing or like a space.
  `customer/8841${[..."->customer/666"].map((c) => String.fromCodePoint(0xe0100 + c.charCodeAt(0))).join("")}`,
  "A\uFE00\uFE01\uFE02",
  "a\u034Fb\u17B4\u180B\u115F\u3164\u2800c",
  "wide\u3000and\u00A0hard\u2009spaces",
  `struck${"\u0336".repeat(40)}`,
  "\u0338first",
  "\u05D0\u05D1 999",
  "\u0627\u0644\u0645\u0628\u0644\u063A 12 \u2067x\u2069",
  "@here",
  "https://evil.example",
];
export const words = (max: number) =>
  fc
    .oneof(fc.constantFrom(...NASTY), fc.string({ minLength: 1, maxLength: 40 }))
    .map((t) => t.replaceAll("\u0000", "").slice(0, max))
    .filter((t) => t.trim().length > 0 && t.isWellFormed());

const brief = fc.record({
  accomplished: fc.array(words(300), { maxLength: 10 }),
  decision_required: words(300),
  trigger: fc.record({ kind: fc.constant("policy" as const), detail: words(300) }),
  evidence: fc.array(
    fc.record({ title: words(150), url: fc.constantFrom("https://a.example/x", "http://b.example"), excerpt: words(300) }),
    { maxLength: 20 },
  ),
  recommendation: fc.record({ decision: words(60), rationale: words(400) }),
  request: words(400),
  undo: words(300),
});
export const params = fc.dictionary(
  words(40),
  fc.oneof(words(400), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.array(words(30), { maxLength: 3 })),
  { maxKeys: 30 },
);
export const request = fc.record({
  type: fc.constantFrom("payments.refund", "cloud.delete_volume", "email.send", "un.known"),
  title: words(140),
  params,
  brief,
  target: words(100),
});

export function build({
  type,
  title,
  params: values,
  brief: told,
  target,
}: typeof request extends fc.Arbitrary<infer T> ? T : never): Escalation | null {
  const safe = Object.fromEntries(Object.entries(values).filter(([key]) => key !== "__proto__"));
  const parsed = EscalationRequest.safeParse({
    schema_version: "1",
    kind: "action",
    action: {
      type,
      title,
      params: safe,
      target,
      params_schema: { properties: Object.fromEntries(Object.keys(safe).map((key) => [key, { type: "string" }])) },
    },
    brief: told,
    signals: { confidence: 0.1 },
  });
  if (!parsed.success) return null;
  const judgement = judged(parsed.data, "refund-agent");
  // As templates make it that name the target or any parameter.
  const presentation = {
    ...judgement.presentation,
    title: clip(`Do ${isolated(inertText(title))} to ${isolated(inertText(target))}`, 150),
  };
  const ruling = { ...judgement, presentation, tier: "hard_approval" as const };
  return {
    ...opened(requestFor("cloud.delete_volume", { v: 1 })),
    request: parsed.data,
    ruling,
    subject: { kind: "action", action: { type, params: safe } },
    changedPreconditions: [{ name: clip(title, 100), was: "7", is: target }],
    raisedBy: { userId: "U0SAM", reason: title },
    agentName: "refund-agent",
  };
}

/** Every string that Slack would parse as mrkdwn. */
export function parsedTexts(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(parsedTexts);
  if (typeof value !== "object" || value === null) return [];
  const own = "type" in value && value.type === "mrkdwn" && "text" in value ? [String(value.text)] : [];
  return [...own, ...Object.values(value).flatMap(parsedTexts)];
}
export function links(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(links);
  if (typeof value !== "object" || value === null) return [];
  return [
    ...("type" in value && value.type === "link" && "url" in value ? [String(value.url)] : []),
    ...Object.values(value).flatMap(links),
  ];
}
/** Nothing is there that is not seen: no code point without a shape, no pile of marks, and no right-to-left letter that could reorder its neighbours. */
export function expectSeen(shown: string): void {
  const isolates = shown.match(/[\u2068\u2069]/g)?.join("") ?? "";
  expect(isolates).toMatch(/^(\u2068\u2069)*$/);
  const rest = shown.replaceAll(/[\u2068\u2069]/g, "");
  expect(codePoints(rest, /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{DI}\p{Zl}\p{Zp}\u2800]|(?! )\p{Zs}/gu)).toEqual([]);
  expect(codePoints(rest, /\p{M}{5,}/gu)).toEqual([]);
  expect(codePoints(shown.replaceAll(/\u2068[^\u2068\u2069]*\u2069/g, ""), /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC]/g)).toEqual(
    [],
  );
}
const codePoints = (text: string, of: RegExp): string[] =>
  (text.match(of) ?? []).flatMap((found) => [...found].map((c) => `U+${c.codePointAt(0)?.toString(16).toUpperCase()}`));

const ALLOWED = /<@U[A-Z0-9]+>|<!date\^\d+\^[^|>]+\|[^>]+>|<https:\/\/example\.com\/[^|>]+\|Playbook>/g;

export function expectInert(blocks: unknown, text = ""): void {
  for (const one of [...parsedTexts(blocks), text]) {
    const rest = one.replaceAll(ALLOWED, "");
    expect(rest).not.toMatch(/[<>]/);
    expect(rest).not.toContain("U0CHRIS>");
    for (const markup of ["*bold*", "_i_", "~s~", "`c`", ":rotating_light:", "https://evil.example"])
      expect(rest).not.toContain(markup);
  }
  // Slack decodes entities for display: what was approved would not be what was seen.
  expect(asShown(blocks)).toEqual(blocks);
  // Ids carry parameter names and are never shown; what stands in an input is the value itself, or saving it would change it.
  const shown = JSON.stringify(blocks).replaceAll(/"(block_id|action_id|initial_value)":"([^"\\]|\\.)*"/g, "");
  expectSeen(shown);
  for (const url of links(blocks)) expect(url).toMatch(/^https?:\/\/[ab]\.example/);
}
