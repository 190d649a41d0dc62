import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { digestOf } from "../../src/domain/canonical.ts";
import type { Decision, Escalation } from "../../src/domain/escalation.ts";
import { EscalationRequest } from "../../src/domain/request.ts";
import { ENDED_REASONS } from "../../src/domain/vocabulary.ts";
import { blockFaults, viewFaults } from "../../src/local/slack/validate.ts";
import { renderCard } from "../../src/slack/cards/card.ts";
import { renderHome } from "../../src/slack/home.ts";
import { detailsModal } from "../../src/slack/modals/details.ts";
import {
  answerModal,
  approveModal,
  askModal,
  escalateModal,
  finishModal,
  fitsModal,
  rejectModal,
} from "../../src/slack/modals/modals.ts";
import { modifyModal, readModifyForm } from "../../src/slack/modals/modify.ts";
import { alarmLine, threadLine } from "../../src/slack/thread.ts";
import { viewOf } from "../../src/slack/view.ts";
import { build, expectInert, NASTY, request } from "../support/any-brief.ts";
import { directory, NOW, opened, requestFor } from "../support/domain.ts";

/** Any card for any brief: inside Slack's limits, and nothing of the agent's comes alive. */
const decision = (e: Escalation, type: Decision["type"], source: Decision["source"] = "human"): Decision => ({
  type,
  source,
  decidedAt: NOW,
  reasonCode: type === "reject" ? "too_risky" : null,
  reason: NASTY.join(" "),
  votes: [
    { userId: "U0SAM", teamId: "T0LOCAL", verdict: "approve", at: NOW, reasonCode: null, reason: null, version: 1, seen: null },
  ],
  action: null,
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
      expect(card.digest).toBe(digestOf(JSON.parse(JSON.stringify({ blocks: card.blocks, text: card.text }))));
      if (card.complete)
        for (const field of e.ruling.presentation.fields)
          expect(JSON.stringify(card.blocks)).toContain(JSON.stringify(field.value === "" ? "–" : field.value).slice(1, -1));
      for (const button of JSON.stringify(card.blocks).match(/"value":"[^"]*esc_[^"]*"/g) ?? [])
        expect(button).toMatch(/^"value":"((ask|details|escalate|claim|extend) )?esc_[0-9A-Za-z]+:1"$/);
    }),
    { numRuns: 300 },
  );
});

test("modals, Home, threads and alarms: within limits and inert for any brief", () => {
  fc.assert(
    fc.property(request, (r) => {
      const e = build(r);
      if (e === null) return;
      const view = viewOf(e, directory);
      const modals = [approveModal, rejectModal, askModal, escalateModal, finishModal].map((draw) => draw(e));
      if (Object.keys(e.ruling.presentation.fields).length > 0) modals.push(modifyModal(e));
      modals.push(detailsModal(view, [{ at: NOW, words: "asked" }]));
      for (const modal of fitsModal(e) ? modals : modals.slice(1)) {
        expect(viewFaults(JSON.parse(JSON.stringify(modal))), JSON.stringify(modal).slice(0, 400)).toEqual([]);
        expectInert(modal.blocks);
        expect(modal.private_metadata).toBe(`${e.id}:1`);
      }
      const home = renderHome({
        reviewer: true,
        waiting: Array.from({ length: 40 }, () => e),
        waitingMore: true,
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
        threadLine({ type: "cancelled", reason: nasty }, e),
        threadLine({ type: "decided", decision: decision(e, "reject"), dueAt: NOW }, e),
        alarmLine("never_resumed", e),
      ]) {
        expectInert([], line ?? "");
        expect((line ?? "").length).toBeLessThan(4000);
      }
    }),
    { numRuns: 120 },
  );
});

describe("the same card later", () => {
  const base = opened(requestFor("cloud.delete_volume", { volume_id: "v" }, { action: { target: "vol-prod-1" } }));
  for (const endedReason of ENDED_REASONS) {
    test(`${endedReason}: no buttons, told as what it is`, () => {
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
      expect(JSON.stringify(card.blocks)).not.toContain('"actions"');
      expect(card.complete).toBe(false);
      if (silent) expect(card.text).toMatch(/Nobody answered by .*rejected by policy/);
      else if (endedReason === "rejected") expect(card.text).toContain("Rejected by <@U0SAM>");
      expectInert(card.blocks, card.text);
    });
  }
});

test("the Modify form reads back what it shows, for every kind of input", () => {
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
  const values = { a: "text", n: 1.5, i: 2, b: true, e: "y", d: "2026-11-20", t: "2026-11-20T18:00:00Z", m: "a@b.example" };
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
  const schema = e.request.kind === "action" ? e.request.action.params_schema : undefined;
  if (schema === undefined) throw new Error("no schema");
  expect(readModifyForm(state, schema)).toEqual(values);
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
