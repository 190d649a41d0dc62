import type { Button } from "@slack/types";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Escalation } from "../../src/domain/shapes/escalation.ts";
import { NO_PAGING } from "../../src/domain/shapes/paging.ts";
import { blockFaults, viewFaults } from "../../src/local/slack/validate.ts";
import { batchCard } from "../../src/slack/cards/batch.ts";
import { renderHome } from "../../src/slack/home/view.ts";
import { batchModal } from "../../src/slack/modals/batch.ts";
import { extendModal } from "../../src/slack/modals/modals.ts";
import { pageWords, reminderWords } from "../../src/slack/telling/paging.ts";
import { build, expectInert, request } from "../support/any-brief.ts";
import { NOW, opened, requestFor } from "../support/domain.ts";
import { runs } from "../support/properties.ts";

/** Batches, the form for several, and what is said to who is paged: within Slack's limits and inert for any briefs. */
const many = fc.array(request, { minLength: 1, maxLength: 25 }).map((list) =>
  list.flatMap((one, i): Escalation[] => {
    const built = build(one);
    return built === null ? [] : [{ ...built, id: `esc_${String(i).padStart(20, "0")}`, paging: NO_PAGING }];
  }),
);

test("a batch of any number of any briefs fits one message, names all that wait, and nothing in it is rendered as markup", () => {
  fc.assert(
    fc.property(many, (items) => {
      const card = batchCard(items, "U0SAM");
      expect(blockFaults(JSON.parse(JSON.stringify(card.blocks)), "message")).toEqual([]);
      expect(JSON.stringify(card.blocks).length).toBeLessThan(13_200);
      expect(card.text.length).toBeLessThan(4000);
      expect(card.complete).toBe(false);
      expectInert(card.blocks, card.text);
      const shown = items.filter((one) => JSON.stringify(card.blocks).includes(`${one.id}:`)).length;
      if (items.length > 0) expect(shown).toBeGreaterThan(0);
      if (shown < items.length) expect(JSON.stringify(card.blocks)).toContain(`${items.length - shown} more`);
    }),
    runs(150),
  );
});

test("in a batch and on Home each button, read aloud, says what it does and to which of several", () => {
  const request = requestFor("cloud.restart_service", { service: "checkout" }, { action: { target: "i-prod-1" } });
  const one = { ...opened(request), paging: NO_PAGING };
  const facts = { userId: "U0SAM", reviewer: true, waiting: [one], mayBeMore: false, queues: [], recent: [] };
  for (const blocks of [batchCard([one], "U0SAM").blocks, renderHome(facts).blocks]) {
    const buttons = blocks.flatMap((block) =>
      "elements" in block && block.type === "actions" ? (block.elements as Button[]) : [],
    );
    const said = buttons.map(({ text, accessibility_label }) => [text.text.replace("…", ""), accessibility_label]);
    expect(said.length).toBeGreaterThan(2);
    for (const [seen, aloud] of said) expect(aloud).toBe(`${seen}: ${one.ruling.presentation.title}`);
  }
});

test("the form for several shows each in full or leaves it out", () => {
  fc.assert(
    fc.property(many, (items) => {
      const { view, shown } = batchModal(items);
      expect(viewFaults(JSON.parse(JSON.stringify(view)))).toEqual([]);
      expect(view.private_metadata?.length ?? 0).toBeLessThanOrEqual(3000);
      expectInert(view.blocks);
      const drawn = JSON.stringify(view.blocks);
      for (const { value } of shown.flatMap((one) => one.ruling.presentation.fields))
        if (/^[\w ,.-]{1,1900}$/.test(value)) expect(drawn).toContain(value);
    }),
    runs(150),
  );
});

test("what cannot be shown in full is not offered in the form for several, not even when only a name is too long", () => {
  const [short, long] = ["amount", `${"x".repeat(1000)}_TO_ATTACKER_ACCOUNT`].map((label, i) => {
    const e = opened(requestFor("un.known", { amount: 1 }));
    const presentation = { ...e.ruling.presentation, fields: [{ name: "amount", label, value: "1" }] };
    return { ...e, ruling: { ...e.ruling, presentation }, id: `esc_${String(i).padStart(20, "0")}` };
  }) as [Escalation, Escalation];
  const { view, shown } = batchModal([long, short]);
  expect(shown.map((one) => one.id)).toEqual([short.id]);
  expect(view.private_metadata).not.toContain(long.id);
});

test("reminders, repeated pages and the form for more time are inert as well", () => {
  fc.assert(
    fc.property(request, (one) => {
      const built = build(one);
      if (built === null) return;
      expectInert([], reminderWords(built, null));
      expectInert([], pageWords(built, "primary on-call"));
      const view = extendModal({ ...built, ruling: { ...built.ruling, extendMaxS: 3600 } });
      expect(viewFaults(JSON.parse(JSON.stringify(view)))).toEqual([]);
      expectInert(view.blocks);
    }),
    runs(150),
  );
});

test("in a later round it is open again: who was called in an earlier one has no message of their own now", () => {
  const e = opened(requestFor("cloud.stop_instance", { instance_id: "i-1" }, { action: { target: "i-prod-1" } }));
  const at = new Date(NOW.getTime() - 60_000);
  const page = { step: 0, label: "primary", userIds: ["U0MARIA"], due: at, at, token: 1 };
  const again = { ...e, round: 2, stateSince: NOW, paging: { ...NO_PAGING, pages: [page] } };
  expect(JSON.stringify(batchCard([again], "U0MARIA").blocks)).toContain('"approve"');
  const called = { ...again, paging: { ...NO_PAGING, pages: [page, { ...page, at: NOW, token: 2 }] } };
  expect(JSON.stringify(batchCard([called], "U0MARIA").blocks)).toContain("has become urgent");
});

test("the form for several says what one of two approvals does, has the likely reasons first, and offers no approval that would be refused", () => {
  const refund = (more: object = {}) =>
    opened(
      requestFor(
        "payments.refund",
        { order_id: "A", amount: 7200, currency: "USD" },
        { action: { target: "customer/1" }, ...more },
      ),
      "refund-agent",
    );
  const formOf = (e: Escalation) => JSON.stringify(batchModal([e]).view.blocks);
  expect(formOf(refund())).toContain("your approval is 1 of 2; after the last one: refunded at once");
  expect(formOf(refund())).toMatch(/"value":"approve".*"value":"reject:wrong_amount".*"value":"reject:too_risky"/);
  const asked = refund({ requested_by: "U0MADEUP" });
  const requirement = { ...asked.ruling.requirement, requestedByRequired: true };
  const nobodys = formOf({ ...asked, requester: "nobody", ruling: { ...asked.ruling, requirement } });
  expect(nobodys).not.toContain('"value":"approve"');
  expect(nobodys).toContain('"value":"reject:not_needed"');
});
