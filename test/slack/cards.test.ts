import type { KnownBlock } from "@slack/types";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { piecesOf } from "../../src/domain/base/inert.ts";
import { actionOf, digestOf } from "../../src/domain/shapes/canonical.ts";
import type { Decision, Escalation, Vote } from "../../src/domain/shapes/escalation.ts";
import { EscalationRequest } from "../../src/domain/shapes/request.ts";
import { ENDED_REASONS } from "../../src/domain/shapes/vocabulary.ts";
import { blockFaults, viewFaults } from "../../src/local/slack/validate.ts";
import { renderCard } from "../../src/slack/cards/card.ts";
import { markOf, viewOf } from "../../src/slack/cards/view.ts";
import { renderHome } from "../../src/slack/home/view.ts";
import { detailsModal } from "../../src/slack/modals/details.ts";
import { fullParameters } from "../../src/slack/modals/in-full.ts";
import { answerModal, approveModal, askModal, escalateModal, finishModal } from "../../src/slack/modals/modals.ts";
import { fitsModify, modifyModal, readModifyForm } from "../../src/slack/modals/modify.ts";
import { rejectModal } from "../../src/slack/modals/reject.ts";
import { alarmLine, threadLine } from "../../src/slack/telling/thread.ts";
import { build, expectInert, NASTY, request } from "../support/any-brief.ts";
import { seenOf } from "../support/card.ts";
import { directory, NOW, opened, requestFor } from "../support/domain.ts";
import { runs } from "../support/properties.ts";

/** Any card for any brief: inside Slack's limits, and nothing of the agent's comes alive. */
const vote = (userId: string, verdict: Vote["verdict"]): Vote => ({
  userId,
  teamId: "T0LOCAL",
  verdict,
  at: NOW,
  reasonCode: null,
  reason: null,
  version: 1,
  seen: null,
});
const decision = (e: Escalation, type: Decision["type"], source: Decision["source"] = "human"): Decision => ({
  type,
  source,
  decidedAt: NOW,
  reasonCode: type === "reject" ? "too_risky" : null,
  reason: NASTY.join(" "),
  votes: [vote("U0LEE", "approve"), vote("U0SAM", type === "reject" ? "reject" : "approve")],
  action: null,
  content: null,
  plan: null,
  rejectedSteps: [],
  actionDigest: e.actionDigest,
  modification: e.modification,
  answer: null,
  result: null,
  round: 1,
});

test("pending cards: within limits and inert for any brief", () => {
  fc.assert(
    fc.property(request, (r) => {
      const e = build(r);
      if (e === null) return;
      const card = renderCard(viewOf(e, directory), e.ruling.channel);
      expect(blockFaults(JSON.parse(JSON.stringify(card.blocks)), "message")).toEqual([]);
      expect(JSON.stringify(card.blocks).length).toBeLessThan(13_200);
      expect(card.text.length).toBeLessThan(4000);
      expectInert(card.blocks, card.text);
      const seen = { blocks: card.blocks.map(({ block_id: _unseen, ...block }) => block), text: card.text };
      expect(card.digest).toBe(digestOf(JSON.parse(JSON.stringify(seen))));
      const acts = card.blocks.find((block) => block.type === "actions");
      expect(card.digest.startsWith(markOf(acts?.block_id) ?? "none")).toBe(true);
      if (card.complete)
        for (const field of e.ruling.presentation.fields)
          expect(JSON.stringify(card.blocks)).toContain(JSON.stringify(field.value === "" ? "–" : field.value).slice(1, -1));
      for (const button of JSON.stringify(card.blocks).match(/"value":"[^"]*esc_[^"]*"/g) ?? [])
        expect(button).toMatch(/^"value":"((ask|details|escalate|claim|extend) )?esc_[0-9A-Za-z]+:1"$/);
    }),
    runs(300),
  );
});

test("modals, Home, threads and alarms: within limits and inert for any brief", () => {
  fc.assert(
    fc.property(request, (r) => {
      const e = build(r);
      if (e === null) return;
      const view = viewOf(e, directory);
      const modals = [rejectModal, askModal, escalateModal, finishModal].map((draw) => draw(e));
      if (fullParameters(e) === null) expect(() => approveModal(e)).toThrow();
      else modals.push(approveModal(e));
      if (e.ruling.presentation.fields.length > 0 && fitsModify(e)) modals.push(modifyModal(e));
      modals.push(detailsModal(view, [{ at: NOW, words: "asked" }]));
      for (const modal of modals) {
        expect(viewFaults(JSON.parse(JSON.stringify(modal))), JSON.stringify(modal).slice(0, 400)).toEqual([]);
        expectInert(modal.blocks);
        expect(modal.private_metadata).toBe(`${e.id}:1`);
      }
      const home = renderHome({
        userId: "U0SAM",
        reviewer: true,
        mayBeMore: false,
        waiting: Array.from({ length: 40 }, () => e),
        queues: [{ queue: "payments", open: 3, oldestDeadline: NOW }],
        recent: [e],
      });
      expect(viewFaults(JSON.parse(JSON.stringify(home)))).toEqual(
        expect.not.arrayContaining([expect.stringMatching(/characters|items|unsupported/)]),
      );
      expectInert(home.blocks);
      const nasty = NASTY.join(" ");
      for (const line of [
        threadLine({ type: "asked", message: { from: "reviewer", userId: "U0SAM", text: nasty, at: NOW } }, e),
        threadLine({ type: "told", message: { from: "agent", userId: null, text: nasty, at: NOW } }, e),
        threadLine({ type: "cancelled", reason: nasty, by: "agent" }, e),
        threadLine({ type: "decided", decision: decision(e, "reject"), dueAt: NOW }, e),
        alarmLine("never_resumed", e, null),
      ]) {
        expectInert([], line ?? "");
        expect((line ?? "").length).toBeLessThan(4000);
      }
    }),
    runs(120),
  );
});

describe("the same card later", () => {
  const base = opened(requestFor("cloud.delete_volume", { volume_id: "v" }, { action: { target: "vol-prod-1" } }));
  for (const endedReason of ENDED_REASONS) {
    test(`${endedReason}: nothing to decide, told as what it is`, () => {
      const silent = endedReason === "timed_out";
      const e: Escalation = {
        ...base,
        state: silent ? "timed_out" : "completed",
        endedReason,
        endedAt: NOW,
        decision:
          endedReason === "cancelled"
            ? null
            : decision(
                base,
                silent ? "reject" : endedReason === "answered" ? "answer" : endedReason === "rejected" ? "reject" : "approve",
                silent ? "timeout" : "human",
              ),
      };
      const card = renderCard(viewOf(e, directory), e.ruling.channel);
      expect(blockFaults(JSON.parse(JSON.stringify(card.blocks)), "message")).toEqual([]);
      // What is left to do is to look.
      expect(seenOf(card.blocks).match(/\[[^\]]*\]/g)).toEqual(["[Full brief]"]);
      expect(card.complete).toBe(false);
      if (silent) expect(card.text).toMatch(/Nobody answered by .*rejected by policy/);
      else if (endedReason === "rejected") expect(card.text).toContain("Rejected by <@U0SAM>");
      expectInert(card.blocks, card.text);
    });
  }
});

describe("the Modify form", () => {
  const properties = {
    a: { type: "string" },
    n: { type: "number" },
    i: { type: "integer" },
    b: { type: "boolean" },
    e: { type: "string", enum: ["x", "y"] },
    d: { type: "string", format: "date" },
    t: { type: "string", format: "date-time" },
    m: { type: "string", format: "email" },
  };
  const formOf = (values: Record<string, unknown>) => {
    const e = opened(
      requestFor("cloud.delete_volume", values, { action: { target: "vol-prod-1", params_schema: { properties } } }),
    );
    const form = modifyModal(e);
    expect(viewFaults(JSON.parse(JSON.stringify(form)))).toEqual([]);
    const state = Object.fromEntries(
      form.blocks.flatMap((block) => {
        if (block.type !== "input") return [];
        const element = (block as { element: unknown }).element as Record<string, any>;
        const shown = {
          value: element["initial_value"] ?? null,
          selected_option: element["initial_option"] ?? null,
          selected_date: element["initial_date"] ?? null,
          selected_date_time: element["initial_date_time"] ?? null,
        };
        return [[block.block_id as string, { [block.block_id as string]: shown }]];
      }),
    );
    return { e, form: JSON.stringify(form), state };
  };
  const values = { a: "text", n: 1.5, i: 2, b: true, e: "y", d: "2026-11-20", t: "2026-11-20T18:00:00Z", m: "a@b.example" };

  test("reads back what it shows, for every kind of input", () => {
    const shown = formOf(values);
    const empty = formOf({});
    expect(readModifyForm(shown.state, empty.e)).toEqual(values);
    expect(readModifyForm(shown.state, shown.e)).toEqual({});
    expect(readModifyForm(empty.state, shown.e)).toEqual(Object.fromEntries(Object.keys(values).map((name) => [name, null])));
  });

  test("has its inputs in the order of the card: the policy's labels first, then as the agent sent them", () => {
    const properties = Object.fromEntries(
      ["when", "iban", "amount", "order_id"].map((name) => [name, { type: name === "amount" ? "number" : "string" }]),
    );
    const params = { when: "now", iban: "DE1", order_id: "A-1", amount: 900, currency: "USD" };
    const e = opened(requestFor("payments.refund", params, { action: { params_schema: { properties } } }), "refund-agent");
    // The database keeps no order of parameters.
    const stored = {
      ...e,
      subject: { kind: "action", action: { ...actionOf(e), params: Object.fromEntries(Object.entries(params).reverse()) } },
    } as Escalation;
    const form = modifyModal(stored);
    const labels = form.blocks.flatMap((block) => ("label" in block ? [(block.label as { text: string }).text] : []));
    expect(labels).toEqual(["Amount (USD)", "Order", "When", "Iban", "Why are you changing it?"]);
    expect(form.title.text).toBe("Change amount");
    expect(form.submit?.text).toBe("Approve with changes");
  });

  test("reads a number with its thousands separated, and no other comma", () => {
    const { e, state } = formOf(values);
    const typed = (value: string) => readModifyForm({ ...state, "param:n": { "param:n": { value } } }, e);
    expect(typed("1,200.5")).toEqual({ n: 1200.5 });
    expect(typed("1,5")).toEqual({ n: "1,5" });
    expect(typed("12,00")).toEqual({ n: "12,00" });
  });

  test("leaves alone what nobody touched, even where the input has another way to write it", () => {
    const { e, state } = formOf({ ...values, t: "2026-11-20T18:00:00.250+02:00" });
    expect(readModifyForm(state, e)).toEqual({});
  });

  test.each([
    ["n", "1250", "1250"],
    ["n", 1e21, "1,000,000,000,000,000,000,000"],
    ["i", 2.5, "2.5"],
    ["e", "z", "z"],
    ["a", { deep: ["x"] }, '{"deep":["x"]}'],
    ["a", "zero\u200Bwidth", '"zero\\u200bwidth"'],
    ["b", "true", "true"],
  ])("shows %s = %j in full instead of offering it, and does not lose it", (name, value, words) => {
    const { e, form, state } = formOf({ ...values, [name]: value });
    expect(state).not.toHaveProperty([`param:${name}`]);
    expect(form).toContain("Stays as it is");
    expect(form).toContain(JSON.stringify(words));
    expect(readModifyForm({ ...state, [`param:${name}`]: { [`param:${name}`]: { value: "x" } } }, e)).toEqual({});
  });

  test("what it cannot show in full cannot be changed", () => {
    const params = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`p${i}`, i]));
    const e = opened(requestFor("cloud.delete_volume", params, { action: { params_schema: { properties } } }));
    expect(fitsModify(e)).toBe(false);
    expect(() => modifyModal(e)).toThrow();
    expect(fitsModify(formOf(values).e)).toBe(true);
  });
});

test("what is approved is on the card: target, and claims that differ from what counts", () => {
  const draw = (type: string, params: Record<string, unknown>, action: object) => {
    const e = opened(requestFor(type, params, { action }));
    return { e, card: renderCard(viewOf(e, directory), e.ruling.channel) };
  };
  const { card } = draw(
    "cloud.stop_instance",
    { instance_id: "i-dev-sandbox" },
    { target: "db-prod-primary", environment: "dev", reversible: true },
  );
  expect(card.complete).toBe(true);
  const said = JSON.stringify(card.blocks);
  expect(said).toContain("db-prod-primary");
  expect(said).toMatch(/Environment, says the agent.*"dev"/);
  const long = draw("un.known", {}, { target: "t".repeat(200), reversible: true });
  expect(JSON.stringify(approveModal(long.e).blocks)).toContain("t".repeat(200));
  expect(JSON.stringify(approveModal(long.e).blocks)).toContain("Can be undone, says the agent");
});

test("the full brief holds every leaf of the brief and of what stands around it", () => {
  const told = {
    brief: {
      request: "the customer's words",
      accomplished: ["looked", "asked"],
      decision_required: "really?",
      trigger: { kind: "policy", detail: "the detail" },
      evidence: [{ title: "a scan", url: "https://a.example/x", excerpt: "an excerpt", observed_at: "2026-11-18T10:00:00Z" }],
      recommendation: { decision: "approve it", rationale: "a reason" },
      on_approve: "then this",
      on_reject: "then that",
      on_modify: "then other",
      undo: "like so",
    },
    signals: { confidence: 0.61, risk: 0.3, ood: 0.2, flags: ["new_customer"] },
    requested_by: "U0OWEN",
    valid_until: "2026-11-19T10:00:00Z",
    preconditions: [{ name: "order version", value: "seven" }],
    provenance: { source: "crm@2", produced_at: "2026-11-18T09:00:00Z", transformations: ["summed up"] },
    classification: "confidential",
    labels: { team: "blue" },
    session_id: "session one",
    step_id: "step two",
  };
  const e = opened(requestFor("cloud.delete_volume", { volume_id: "v" }, { action: { target: "vol-prod-1" }, ...told }));
  const modal = detailsModal(viewOf(e, directory), [{ at: NOW, words: "asked" }]);
  expect(viewFaults(JSON.parse(JSON.stringify(modal)))).toEqual([]);
  const said = JSON.stringify(modal.blocks);
  const leaves = (value: unknown): string[] =>
    typeof value === "object" && value !== null ? Object.values(value).flatMap(leaves) : [String(value)];
  for (const leaf of leaves({ ...told, brief: { ...told.brief, trigger: { detail: "the detail" } } }))
    expect(said, leaf).toContain(leaf);
});

test("numbers, blanks and what cannot be seen are shown as they are", () => {
  const shown = (value: unknown) => opened(requestFor("un.known", { v: value })).ruling.presentation.fields[0]?.value;
  expect(shown(4e-11)).toBe("4e-11");
  expect(shown(1250000.5)).toBe("1,250,000.5");
  expect(shown("")).toBe('""');
  expect(shown(" x")).toBe('" x"');
  expect(shown("a\nb")).toBe("a\nb");
  expect(shown("a\tb")).toBe('"a\\tb"');
  expect(shown("\u212B")).toBe('"\\u212b"');
  expect(shown(["a\u202Eb"])).toBe('["a\\u202eb"]');
  expect(piecesOf(`${"🙂".repeat(1500)} then PAY ATTACKER`, 2900).every((piece) => piece.length <= 2900)).toBe(true);
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme" }),
      fc.integer({ min: 2, max: 9 }),
      (text, max) => piecesOf(text, max).join("") === text,
    ),
  );
});

/** About how many lines stand above the buttons. */
function linesAbove(blocks: readonly KnownBlock[]): number {
  const wrapped = (text: string) => text.split("\n").reduce((sum, one) => sum + Math.max(1, Math.ceil(one.length / 110)), 0);
  return blocks
    .slice(
      0,
      blocks.findIndex((block) => block.type === "actions"),
    )
    .reduce((sum, block) => {
      if (block.type === "section")
        return sum + (block.fields === undefined ? wrapped(block.text?.text ?? "") : block.fields.length / 2);
      if (block.type !== "rich_text") return sum + 1;
      const lines = block.elements.flatMap((part) => (part.type === "rich_text_list" ? part.elements : [part]));
      return sum + lines.reduce((all, one) => all + wrapped(one.elements.map((e) => ("text" in e ? e.text : "")).join("")), 0);
    }, 0);
}

test("a card that opens has at most twelve lines above its buttons, whatever the brief", () => {
  fc.assert(
    fc.property(request, (r) => {
      const e = build(r);
      if (e === null) return;
      const fresh = { ...e, changedPreconditions: [], raisedBy: null };
      expect(linesAbove(renderCard(viewOf(fresh, directory), e.ruling.channel).blocks)).toBeLessThanOrEqual(12);
    }),
    runs(200),
  );
});

test("a question's form offers the options and refuses to be empty", () => {
  const q = EscalationRequest.parse({
    schema_version: "1",
    kind: "question",
    question: {
      text: "<!channel> which?",
      options: Array.from({ length: 20 }, (_, i) => ({ id: `o${i}`, label: `Option ${i}` })),
    },
    brief: { decision_required: "?", trigger: { kind: "requested" } },
  });
  const e = opened(q);
  const modal = answerModal(e);
  expect(viewFaults(JSON.parse(JSON.stringify(modal)))).toEqual([]);
  expectInert(modal.blocks);
  const card = renderCard(viewOf(e, directory), e.ruling.channel);
  expect(blockFaults(JSON.parse(JSON.stringify(card.blocks)), "message")).toEqual([]);
});
