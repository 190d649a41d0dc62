import { expect, test } from "vitest";
import type { Escalation, Message } from "../../src/domain/shapes/escalation.ts";
import { viewFaults } from "../../src/local/slack/validate.ts";
import { viewOf } from "../../src/slack/cards/view.ts";
import { detailsModal } from "../../src/slack/modals/details.ts";
import { seenOf } from "../support/card.ts";
import { directory, NOW, opened, requestFor } from "../support/domain.ts";

/** The full brief is a view that Slack takes, however much there is to say: 250 KB, counted in UTF-8. */
const CJK = "文";
const many = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const messages = (count: number): Message[] =>
  many(count, (i) => ({ from: "agent", userId: null, text: `${CJK.repeat(2980)} no. ${i};`, at: NOW }));

function large(excerpt: number, url: string, params: Record<string, unknown> = {}): Escalation {
  const text = (length: number) => CJK.repeat(length);
  const brief = {
    decision_required: text(300),
    trigger: { kind: "policy", detail: text(300) },
    request: text(3000),
    accomplished: many(10, () => text(300)),
    evidence: many(20, (i) => ({ title: text(150), url: `${url}${i}`, excerpt: `${text(excerpt - 10)} end ${i};` })),
    recommendation: { decision: text(60), rationale: text(600) },
    ...Object.fromEntries(["on_approve", "on_reject", "on_modify", "undo"].map((name) => [name, text(300)])),
  };
  const more = {
    brief,
    labels: Object.fromEntries(many(100, (i) => [`label${i}`, text(200)])),
    preconditions: many(20, (i) => ({ name: `p${i}`, value: text(500) })),
    signals: { flags: many(30, () => text(60)) },
    provenance: { source: text(200), transformations: many(20, () => text(300)) },
    session_id: text(200),
    step_id: text(200),
  };
  return opened(requestFor("cloud.stop_instance", params, { action: { target: "i-prod-1" }, ...more }));
}

function shown(e: Escalation): string {
  const modal = JSON.parse(
    JSON.stringify(
      detailsModal(
        viewOf(e, directory),
        many(100, () => ({ at: NOW, words: CJK.repeat(90) })),
      ),
    ),
  );
  expect(viewFaults(modal)).toEqual([]);
  expect(Buffer.byteLength(JSON.stringify(modal))).toBeLessThanOrEqual(240_000);
  return JSON.stringify(modal);
}

const LONG = `https://example.com/${"a".repeat(1900)}`;
const five = Object.fromEntries(many(5, (i) => [`param${i}`, CJK.repeat(1000)]));

test("the oldest messages give way first, whole, and the excerpts stay", () => {
  const brief = shown({ ...large(1000, LONG, five), messages: messages(100) });
  expect(brief).toMatch(/\d+ earlier messages are in the thread/);
  expect(brief).toContain("no. 99;");
  expect(brief).not.toContain("no. 0;");
  // Every message begun is there to its end.
  expect(brief.match(/ answers {2}/g)).toHaveLength(brief.match(/ no\. \d+;/g)?.length ?? 0);
  expect(brief).toContain(" end 19;");
  expect(brief).not.toContain("are cut to");
});

test("then the excerpts get shorter, and it says so", () => {
  const brief = shown({ ...large(2000, LONG, five), messages: messages(100) });
  expect(brief).toContain("Longer excerpts are cut to 1,000 characters");
  expect(brief).toContain(CJK.repeat(990));
  expect(brief).not.toContain(" end 19;");
  expect(brief).toContain("no. 99;");
  expect(brief).toContain(LONG);
});

test("one message that has no room is said to stand in the thread", () => {
  expect(shown({ ...large(50, "https://example.com/"), messages: messages(1) })).not.toContain("in the thread.");
});

const inBytes = (character: string) => character.repeat(Math.floor(16_000 / Buffer.byteLength(character)));
test.each([
  ["letters that are shown as escapes", { v: inBytes("\u00AD") }],
  ["many small ones", Object.fromEntries(many(420, (i) => [`${CJK}${i}`, CJK]))],
  ["long names", Object.fromEntries(many(16, (i) => [`${CJK.repeat(95)}${i}`, CJK.repeat(200)]))],
  ["quotes in lists", { v: [inBytes('"').slice(0, 7000)] }],
])("whatever the parameters and the addresses are: %s", (_name, params) => {
  for (const url of [LONG, `https://example.com/${CJK.repeat(1900)}`, `https://${`${"a".repeat(60)}.`.repeat(30)}example/`])
    shown({ ...large(2000, url, params), messages: messages(100) });
});

test("addresses outside ASCII are links only as long as Slack takes them, and the excerpts give way before them", () => {
  const brief = shown(large(2000, `https://example.com/${CJK.repeat(1900)}`, { v: inBytes("\u00AD") }));
  expect(brief).not.toContain('"type":"link"');
  expect(brief).toMatch(/Longer excerpts are cut to [\d,]+ characters/);
});

test("the local Slack counts bytes, as Slack does", () => {
  const view = (text: string) => ({
    type: "modal",
    title: { type: "plain_text", text: "t" },
    blocks: many(60, () => ({ type: "section", text: { type: "plain_text", text } })),
  });
  expect(viewFaults(view("a".repeat(3000)))).toEqual([]);
  expect(viewFaults(view(CJK.repeat(3000)))).toEqual(["view is larger than 250 KB"]);
});

test("what is to be decided stands first, then why and what the agent did, then the parameters; ids and hashes stand in one place at the end", () => {
  const params = Object.fromEntries(many(60, (i) => [`field_${i}`, `value ${i}`]));
  const brief = {
    decision_required: "Do it now?",
    trigger: { kind: "policy" },
    request: "Please do it",
    accomplished: ["Looked at it"],
    evidence: [{ title: "A scan" }],
  };
  const e = opened(requestFor("payments.refund", { amount: 900, currency: "USD", ...params }, { brief, session_id: "run-77" }));
  const said = seenOf(detailsModal(viewOf(e, directory), [{ at: NOW, words: "asked" }]).blocks);
  const order = ["Decide  Do it now?", "No answer by", "Why it asks", "Looked at it", "A scan", "Please do it", "value 59"];
  const at = order.map((words) => said.indexOf(words));
  expect(at, said).toEqual([...at].sort((a, b) => a - b));
  expect(Math.min(...at)).toBeGreaterThan(0);
  const [before = "", technical = ""] = said.split("Technical details");
  for (const hidden of [e.id, e.ruling.policyVersion.slice(0, 15), e.actionDigest.slice(0, 15), "run-77"]) {
    expect(before).not.toContain(hidden);
    expect(technical).toContain(hidden);
  }
});
