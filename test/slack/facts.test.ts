import type { InputBlock, KnownBlock } from "@slack/types";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Command } from "../../src/domain/shapes/commands.ts";
import type { Escalation } from "../../src/domain/shapes/escalation.ts";
import { pagesOfRound } from "../../src/domain/shapes/paging.ts";
import { EscalationRequest } from "../../src/domain/shapes/request.ts";
import { batchCard } from "../../src/slack/cards/batch.ts";
import { renderCard } from "../../src/slack/cards/card.ts";
import { viewOf } from "../../src/slack/cards/view.ts";
import { renderHome } from "../../src/slack/home/view.ts";
import { batchModal } from "../../src/slack/modals/batch.ts";
import { approveModal } from "../../src/slack/modals/modals.ts";
import { rejectModal } from "../../src/slack/modals/reject.ts";
import { build, request } from "../support/any-brief.ts";
import { seenOf } from "../support/card.ts";
import { approve, directory, later, opened, person, requestFor, run, seen } from "../support/domain.ts";
import { runs } from "../support/properties.ts";

/**
 * A tired person who has never seen the card says within half a minute what the agent did, what it wants, why it asks, what each button
 * does, and by when. For every kind of card and everything that can have happened to it, on the card of the channel and in the DM.
 */
const BRIEF = {
  decision_required: "Do it although the window closed three days ago?",
  trigger: { kind: "policy" as const, detail: "outside the window" },
  accomplished: ["Verified the order and the delivery scan", "Asked for photos: two received", "Looked at the account"],
  evidence: [{ title: "Order A-4721", url: "https://shop.example/a" }],
  recommendation: { decision: "approve", rationale: "A six-year account, and its first claim" },
};
const many = Object.fromEntries(Array.from({ length: 62 }, (_, i) => [`field_${i}`, `value ${i}`]));
const act = (type: string, params: object, action: object = {}, agent = "cloud-agent") =>
  opened(
    requestFor(type, params as Record<string, unknown>, { action: { target: "web-prod-7", ...action }, brief: BRIEF }),
    agent,
  );
const question = () =>
  opened(
    EscalationRequest.parse({
      schema_version: "1",
      kind: "question",
      question: {
        text: "In which language?",
        options: [
          { id: "a", label: "English" },
          { id: "b", label: "German" },
        ],
      },
      brief: { ...BRIEF, decision_required: "In which language?" },
    }),
    "email-agent",
  );
const refund = (params: object = { order_id: "A-4721" }) =>
  act(
    "payments.refund",
    { amount: 1250, currency: "USD", reason: "damaged", ...params },
    { target: "customer 8841" },
    "refund-agent",
  );

const KINDS: Record<string, () => Escalation> = {
  "a refund": refund,
  "a refund with many parameters": () => refund(many),
  "a refund with a nested parameter": () => refund({ note: { deep: ["x", { y: "مرحبا" }] } }),
  "an instance to stop": () => act("cloud.stop_instance", { instance_id: "i-1" }),
  "two people": () => act("cloud.delete_volume", { volume_id: "v-1", size: "500 GB" }),
  "what a person has to do": () =>
    act("email.send", { to: "all", subject: "s", recipients: 5000 }, { target: "all customers" }, "email-agent"),
  "an unknown type": () => act("crm.merge_contacts", { ids: "18" }),
  "a question": question,
};
const by = (userId: string) => ({ by: person(userId), seen: seen() });
const someone = (e: Escalation, i = 0) => viewOf(e, directory).deciders[i]?.userId ?? "U0NOBODY";
const apply = (command: (e: Escalation) => Command) => (e: Escalation) => run(e, command(e), later(1));
const STATES: Record<string, (e: Escalation) => Escalation | null> = {
  fresh: (e) => e,
  "after a question": (e) =>
    run(
      apply((one) => ({ type: "ask", text: "Is the photo recent? ".repeat(20), ...by(someone(one)) }))(e),
      { type: "tell", text: "Taken yesterday, and the metadata agrees. ".repeat(20) },
      later(2),
    ),
  "after a claim": apply((e) => ({ type: "claim", ...by(someone(e)) })),
  "after an escalation": (e) => {
    const able = viewOf(e, directory).deciders.find((one) => one.level === 1);
    return able === undefined
      ? null
      : run(e, { type: "raise", reason: "Too large for me. ".repeat(20), ...by(able.userId) }, later(1));
  },
  "after the first of two votes": (e) =>
    e.ruling.requirement.seats.length < 2 || e.ruling.tier === "hard_stop" ? null : run(e, approve(someone(e)), later(1)),
  "after a take-over": (e) => (e.ruling.tier !== "hard_stop" ? null : run(e, { type: "take_over", ...by(someone(e)) }, later(1))),
};

describe.each(Object.keys(KINDS))("%s", (kind) => {
  test.each(Object.keys(STATES))(
    "says %s what the agent did and wants, why it asks, what each answer does, and by when",
    (state) => {
      const e = STATES[state]?.(KINDS[kind]?.() as Escalation) ?? null;
      if (e === null) return;
      for (const place of [e.ruling.channel, pagedOf(e)]) {
        const card = renderCard(viewOf(e, directory), place);
        const said = seenOf(card.blocks);
        for (const fact of [
          "Verified the order and the delivery scan",
          "Order A-4721",
          BRIEF.evidence[0]?.url.slice(8, 20) ?? "",
        ])
          expect(said).toContain(fact);
        expect(said).toContain(e.request.brief.decision_required);
        expect(said).toMatch(/Why it asks {2}\S/);
        expect(said).toMatch(/(by|until) <!date/);
        const above = said.slice(0, said.indexOf("["));
        if (e.ruling.requirement.seats.length > 1 && e.takenOverBy === null)
          expect(above).toMatch(/Two people have to approve: .* \(0 of 2\)|1 of 2: approved by .* still needed: /);
        const offered = said.match(/\[([^\]…]+)…?\]/g) ?? [];
        expect(offered.length).toBeGreaterThan(1);
        expect(said).toMatch(/No (answer|result) by <!date[^>]*>: \S/);
        // Ids, hashes and names of rules belong to the full brief.
        expect(said).not.toMatch(/esc_|sha256|policy [0-9a-f]{4}|risk map\)/);
        for (const { rule } of e.ruling.reasons) expect(said).not.toContain(`(${rule})`);
        expect(linesAbove(card.blocks)).toBeLessThanOrEqual(12);
        expect(card.complete).toBe(kind !== "a refund with many parameters");
      }
    },
  );
});

describe("of a restricted act", () => {
  const secret = {
    ...BRIEF,
    decision_required: "Send it to patient 4711?",
    accomplished: ["Read the diagnosis F32.1"],
    evidence: [{ title: "File F32.1" }],
  };
  const e = opened(
    requestFor(
      "payments.refund",
      { amount: 1250, currency: "USD", diagnosis: "F32.1" },
      { action: { target: "patient-4711", title: "Refund patient-4711" }, brief: secret, classification: "restricted" },
    ),
    "refund-agent",
  );
  const ended = run(run(e, approve("U0PRIYA"), later(1)), { type: "cancel", reason: "F32.1 was wrong" }, later(2));

  test("a channel sees what kind of thing waits and by when, and a button to the form; it sees no value, then and later", () => {
    for (const one of [e, ended]) {
      const said = JSON.stringify(renderCard(viewOf(one, directory), one.ruling.channel));
      expect(said).not.toMatch(/F32|4711|1,250/);
      expect(said).toContain("payments.refund (restricted)");
    }
    const card = renderCard(viewOf(e, directory), e.ruling.channel);
    expect(card.complete).toBe(false);
    expect(seenOf(card.blocks)).toContain("[Review in full…]");
    expect(seenOf(card.blocks)).toMatch(/by <!date/);
  });

  test("whoever may decide has all of it in their direct messages", () => {
    const said = seenOf(renderCard(viewOf(e, directory), "U0PRIYA").blocks);
    for (const fact of ["F32.1", "patient-4711", "1,250.00", "Send it to patient 4711?"]) expect(said).toContain(fact);
  });
});

test("a question stands in the title, and is still read there when it has been answered", () => {
  const answered = run(question(), { type: "answer", option: "b", text: null, ...by("U0TOM") }, later(1));
  const said = seenOf(renderCard(viewOf(answered, directory), answered.ruling.channel).blocks);
  expect(said).toContain("Question: In which language?");
  expect(said).toContain("Answered by <@U0TOM>");
  expect(said).toContain("“German”");
});

test("Home asks again whoever voted in an earlier round, and says that others are waited for only while the vote counts", () => {
  const volume = KINDS["two people"]?.() as Escalation;
  const voted = run(volume, approve("U0SAM"), later(1));
  const home = (one: Escalation, waiting: Escalation[]) =>
    seenOf(renderHome({ userId: "U0SAM", reviewer: true, mayBeMore: false, waiting, queues: [], recent: [one] }).blocks);
  expect(home(voted, [])).toContain("waits for others");
  expect(home({ ...voted, votes: [], round: 2 }, [{ ...voted, votes: [], round: 2 }])).toContain("needs you again");
});

test("whoever has given the first of two approvals reads no more that they are paged", () => {
  const volume = KINDS["two people"]?.() as Escalation;
  const [kim = ""] = pagesOfRound(volume).at(-1)?.userIds ?? [];
  const dm = (e: Escalation) => seenOf(renderCard(viewOf(e, directory), kim).blocks);
  expect(dm(volume)).toContain("You are paged");
  const voted = run(volume, approve(kim), later(1));
  expect(dm(voted)).not.toContain("You are paged");
  expect(dm(voted)).toContain(`Paged <@${kim}>`);
});

test("buttons are short, what opens a form ends in dots, and where a no goes stands in the line below", () => {
  const e = refund();
  const said = seenOf(renderCard(viewOf(e, directory), e.ruling.channel).blocks);
  expect(said).toContain("[Approve refund] [Reject…] [Full brief]");
  expect(said).toContain("Reject: back to the agent with your reason");
  const stop = KINDS["an instance to stop"]?.() as Escalation;
  expect(seenOf(renderCard(viewOf(stop, directory), stop.ruling.channel).blocks)).toContain("[Leave it running…]");
});

test("a batch says that something timed out, and never calls silence an answer", () => {
  const [a, b] = [refund(), refund()];
  const approved = run(a, approve("U0PRIYA"), later(1));
  const silent = run(b, { type: "tick" }, later(600));
  const said = seenOf(batchCard([approved, silent], "U0PRIYA").blocks);
  expect(said).toContain("Nothing is open any more: 1 answered, 1 timed out");
});

test.each(Object.keys(KINDS))(
  "%s says on Home as well what the agent did and wants, why it asks, by when and what else comes of it",
  (kind) => {
    const e = KINDS[kind]?.() as Escalation;
    const facts = { userId: someone(e), reviewer: true, mayBeMore: false, waiting: [e], queues: [], recent: [] };
    const said = seenOf(renderHome(facts).blocks);
    expect(said).toContain("Verified the order and the delivery scan");
    expect(said).toContain(e.request.brief.decision_required);
    expect(said).toContain(e.kind === "question" ? "Why it asks  email-agent: “outside the window”" : "Why it asks  ");
    expect(said).toMatch(/by <!date[^>]*>, else \S/);
    expect(said.includes("0 of 2 approvals")).toBe(kind === "two people");
    expect(said).toMatch(/\[Full brief\]/);
  },
);

test("one of several says why it asks and what the agent did as well, in the message and in the form", () => {
  const [one] = [refund()];
  const reasons = [...one.ruling.reasons, { rule: "another", tier: one.ruling.tier, detail: "a new payee" }];
  const waiting = { ...one, ruling: { ...one.ruling, reasons }, paging: { ...one.paging, pages: [] } };
  for (const blocks of [batchCard([waiting], "U0PRIYA").blocks, batchModal([waiting]).view.blocks]) {
    const said = seenOf(blocks);
    expect(said).toContain("Why it asks  amount over 500 · 1 more reason\n");
    expect(said).toMatch(/by <!date[^>]*>, else rejected by policy/);
    expect(said).toContain("refund-agent says  Verified the order and the delivery scan");
  }
});

test("a question tells the agent's own reason, and names the answers once, on their buttons", () => {
  const e = question();
  const said = seenOf(renderCard(viewOf(e, directory), e.ruling.channel).blocks);
  expect(said).toContain("Why it asks  email-agent: “outside the window”");
  expect(said).toContain("[German]");
  expect(said).not.toContain("Answers offered");
});

test("of what nobody can approve, or not from there, no button is said to approve", () => {
  const told = (kind: string) => {
    const e = KINDS[kind]?.() as Escalation;
    return seenOf(renderCard(viewOf(e, directory), e.ruling.channel).blocks);
  };
  expect(told("an unknown type")).toContain("Suggests doing it");
  expect(told("a refund with many parameters")).toMatch(/Review in full: shows all of it; you approve there/);
});

test("the form that approves says all that the card says, wherever it is opened from, and what one approval of two does", () => {
  const e = KINDS["two people"]?.() as Escalation;
  const asked = run(e, { type: "ask", text: "Is the photo recent?", ...by("U0SAM") }, later(1));
  const said = seenOf(approveModal(run(asked, { type: "tell", text: "Taken yesterday" }, later(2))).blocks);
  for (const fact of [
    BRIEF.decision_required,
    "Why it asks",
    "critical impact",
    "can't be undone",
    "by <!date",
    "Taken yesterday",
    "Verified the order and the delivery scan",
    "your approval is 1 of 2",
    "500 GB",
  ])
    expect(said).toContain(fact);
});

test("a click that lets happen what is critical, irreversible or says nothing of itself is asked about once more, in the words of its button", () => {
  const approveButton = (e: Escalation) =>
    renderCard(viewOf(e, directory), e.ruling.channel)
      .blocks.flatMap((block) => (block.type === "actions" ? block.elements : []))
      .find((one) => "action_id" in one && one.action_id === "approve") as { confirm?: { text: { text: string } } } | undefined;
  const volume = KINDS["two people"]?.() as Escalation;
  expect(approveButton(volume)?.confirm).toMatchObject({
    title: { text: "Delete the volume?" },
    confirm: { text: "Delete the volume" },
    deny: { text: "Back" },
  });
  expect(approveButton(volume)?.confirm?.text.text).toContain("If you go on: counts as one of 2 approvals; after the last one: ");
  expect(approveButton(refund())?.confirm).toBeUndefined();
  const empty = opened(requestFor("payments.refund", {}, { action: {}, brief: BRIEF }), "refund-agent");
  expect(approveButton(empty)?.confirm?.text.text).toContain("Refund (no amount) to (no target)");
});

test("the card of the channel says of one of two approvals what is true for all, a direct message what is true for its reader", () => {
  const voted = run(KINDS["two people"]?.() as Escalation, approve("U0SAM"), later(1));
  const seenBy = (place: string) => seenOf(renderCard(viewOf(voted, directory), place).blocks);
  const open = seenBy(voted.ruling.channel);
  expect(open).toContain("Delete the volume: counts as one of 2 approvals (1 given so far); after the last one: the volume");
  expect(open).not.toContain("yours");
  expect(seenBy("U0LEE")).toContain("Delete the volume: yours is the last of 2 approvals: the volume");
  // Whoever has approved is told nothing about another approval of theirs.
  expect(seenBy("U0SAM")).not.toContain("Delete the volume:");
});

test("a question whose answers are buttons says what any of them does, and names no button that is not there", () => {
  const e = question();
  const said = seenOf(renderCard(viewOf(e, directory), e.ruling.channel).blocks);
  expect(said).toContain("Any answer: the agent goes on with your answer");
  expect(said).not.toContain("Answer…");
});

test("whoever is on it is named with what that holds back until when", () => {
  const e = STATES["after a claim"]?.(refund()) as Escalation;
  const said = seenOf(renderCard(viewOf(e, directory), e.ruling.channel).blocks);
  expect(said).toMatch(/is on it until <!date[^>]*>; nobody else is paged before that. Anybody can still decide\./);
});

describe("the form that says no", () => {
  const formOf = (kind: string) => {
    const { title, submit, blocks } = rejectModal(KINDS[kind]?.() as Escalation);
    const [choice, reason] = blocks.filter((one): one is InputBlock => one.type === "input");
    const element = choice?.element as { options: { value: string; text: { text: string }; description?: { text: string } }[] };
    return { title: title.text, submit: submit?.text, said: seenOf(blocks), options: element.options, reason };
  };

  test("is named after the act, and its button says what the button of the card said", () => {
    expect(formOf("a refund")).toMatchObject({ title: "Reject refund", submit: "Reject" });
    expect(formOf("two people")).toMatchObject({ title: "Keep it", submit: "Keep it" });
    expect(formOf("a question")).toMatchObject({ title: "Decline to answer", submit: "Decline" });
    expect(formOf("a question").said).not.toContain("Nothing is executed");
  });

  test("puts the reasons first that fit the act, and something else last, with what it needs", () => {
    const first = (kind: string) =>
      formOf(kind)
        .options.slice(0, 3)
        .map((one) => one.value);
    expect(first("a refund")).toEqual(["wrong_amount", "wrong_target", "insufficient_evidence"]);
    expect(first("two people")).toEqual(["wrong_target", "too_risky", "wrong_timing"]);
    expect(first("a question")).toEqual(["not_needed", "insufficient_evidence", "wrong_timing"]);
    expect(formOf("a question").options.map((one) => one.value)).not.toContain("wrong_amount");
    for (const kind of Object.keys(KINDS)) {
      const { options, reason } = formOf(kind);
      expect(new Set(options.map((one) => one.value)).size).toBe(options.length);
      expect(options.at(-1)).toMatchObject({ value: "other", description: { text: "say it in a few words below" } });
      expect(reason?.label.text).toBe("In your own words");
      expect(reason?.hint?.text).toContain("Needed for “Something else”");
    }
  });
});

test("what is taken over is not promised to be undone by silence: its holder may have done it", () => {
  const e = STATES["after a take-over"]?.(KINDS["what a person has to do"]?.() as Escalation) as Escalation;
  const said = seenOf(renderCard(viewOf(e, directory), e.ruling.channel).blocks);
  expect(said).toMatch(/Taken over by <@U0\w+> · result expected by <!date/);
  expect(said).toMatch(/No result by <!date[^>]*>: .*, although <@U0\w+> may have done it/);
});

const pagedOf = (e: Escalation): string =>
  pagesOfRound(e)
    .at(-1)
    ?.userIds.find((one) => one !== undefined) ?? someone(e);

/** Everything takes the lines that it can take at most, and one thing more than they are. */
const FULLEST = {
  type: "cloud.delete_volume",
  title: "a".repeat(140),
  params: {},
  brief: {
    accomplished: [`customer/8841${"\u{E0100}".repeat(14)}`, "<!channel>"],
    decision_required: "🙂".repeat(60),
    trigger: { kind: "policy" as const, detail: "!" },
    evidence: [{ title: "<!channel>", url: "https://a.example/x", excerpt: "!" }],
    recommendation: { decision: "!", rationale: "<!channel>" },
    request: "<!channel>",
    undo: "<!channel>",
  },
  target: "!",
};

test("a card has at most twelve lines above its buttons, for any brief and whatever happened to it", () => {
  const happened = fc.record({ changed: fc.boolean(), raised: fc.boolean(), handedOver: fc.boolean(), claimed: fc.boolean() });
  fc.assert(
    fc.property(request, happened, (r, { changed, raised, handedOver, claimed }) => {
      const built = build(r);
      if (built === null) return;
      const paging = { ...built.paging, claim: claimed ? { userId: "U0SAM", at: later(1), until: later(16) } : null };
      const e: Escalation = {
        ...built,
        changedPreconditions: changed ? built.changedPreconditions : [],
        raisedBy: raised ? built.raisedBy : null,
        transferredFrom: handedOver ? "C0PAYMENTS" : null,
        permalink: `https://acme.slack.example/archives/C0PAYMENTS/${"p".repeat(60)}`,
        paging,
      };
      for (const place of [e.ruling.channel, pagedOf(e)]) {
        const card = renderCard(viewOf(e, directory), place);
        expect(linesAbove(card.blocks), seenOf(card.blocks)).toBeLessThanOrEqual(12);
        if (card.complete) expect(JSON.stringify(card.blocks)).not.toContain("Can't show this action in full");
      }
    }),
    {
      ...runs(200),
      examples: [
        [FULLEST, { changed: true, raised: false, handedOver: false, claimed: false }],
        [FULLEST, { changed: true, raised: true, handedOver: true, claimed: true }],
      ],
    },
  );
});

/** As a conversation of ordinary width has them: the title is set larger, the line under it smaller. */
function linesAbove(blocks: readonly KnownBlock[]): number {
  const above = blocks.slice(
    0,
    blocks.findIndex((block) => block.type === "actions"),
  );
  return above.reduce((sum, block) => {
    const width = block.type === "header" ? 80 : block.type === "context" ? 125 : 100;
    const isParsed = block.type === "section" || block.type === "context";
    const text = seenOf([block]);
    const lines = (isParsed ? text.replaceAll(/&(amp|lt|gt);/g, "&") : text)
      .replaceAll(/<!date[^>]*>/g, "14:00 today")
      .replaceAll(/<[@#][^>]*>/g, "@someone")
      .replaceAll(/<[^|>]*\|([^>]*)>/g, "$1")
      .split("\n");
    return sum + lines.reduce((all, line) => all + Math.max(1, Math.ceil(line.length / width)), 0);
  }, 0);
}
