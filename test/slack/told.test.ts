import { describe, expect, test } from "vitest";
import { effects } from "../../src/domain/consequences/effects.ts";
import { decide } from "../../src/domain/life/decide.ts";
import { evolve } from "../../src/domain/life/evolve.ts";
import type { Escalation, Message } from "../../src/domain/shapes/escalation.ts";
import { alreadyDecided, isRefusal } from "../../src/domain/shapes/refusal.ts";
import { EscalationRequest } from "../../src/domain/shapes/request.ts";
import { blockFaults, viewFaults } from "../../src/local/slack/validate.ts";
import { batchCard } from "../../src/slack/cards/batch.ts";
import { renderCard } from "../../src/slack/cards/card.ts";
import { pagedNow, pagedPeople } from "../../src/slack/cards/paging.ts";
import { viewOf } from "../../src/slack/cards/view.ts";
import { renderHome } from "../../src/slack/home/view.ts";
import { detailsModal } from "../../src/slack/modals/details.ts";
import { pageWords, reminderEndWords, reminderWords } from "../../src/slack/telling/paging.ts";
import { oneLine, stateWords } from "../../src/slack/telling/states.ts";
import { alarmLine, threadLine } from "../../src/slack/telling/thread.ts";
import { timelineOf } from "../../src/slack/telling/timeline.ts";
import { duration, withMentions } from "../../src/slack/text.ts";
import { apply, approve, around, directory, later, NOW, opened, person, requestFor, run, seen } from "../support/domain.ts";

/** What people read is whole, true, and says who did what. */
const said = (value: unknown) => JSON.stringify(value);
const cardOf = (e: Escalation) => said(renderCard(viewOf(e, directory), e.ruling.channel).blocks);
const stop = (brief = {}) =>
  opened(
    requestFor(
      "cloud.stop_instance",
      { instance_id: "i-1" },
      {
        action: { target: "i-prod-1" },
        brief: { decision_required: "?", trigger: { kind: "policy" }, ...brief },
      },
    ),
  );
const mailing = () =>
  opened(
    requestFor("email.send", { to: "a@b.example", subject: "s", recipients: 5000 }, { action: { target: "all customers" } }),
    "email-agent",
  );

describe("the full brief", () => {
  test("holds every word of the request, the evidence and the conversation", () => {
    const end = (words: number, mark: string) => `${"word ".repeat(words)}${mark}`;
    const told: Message = { from: "agent", userId: null, text: end(590, "LAST-OF-ANSWER"), at: NOW };
    const e: Escalation = {
      ...stop({
        request: end(590, "LAST-OF-REQUEST"),
        evidence: [{ title: "Log", excerpt: end(390, "LAST-OF-EXCERPT") }],
      }),
      messages: [told],
    };
    const brief = said(detailsModal(viewOf(e, directory), []).blocks);
    for (const mark of ["LAST-OF-REQUEST", "LAST-OF-EXCERPT", "LAST-OF-ANSWER"]) expect(brief).toContain(mark);
    expect(threadLine({ type: "told", message: told }, e)).toContain("LAST-OF-ANSWER");
    expect(brief).toContain("No answer by");
  });

  test("says what must hold now: a resume is held against the world that people decided about last", () => {
    const asked = { action: { target: "i-prod-1" }, preconditions: [{ name: "order.version", value: "7" }] };
    const first = opened(requestFor("cloud.stop_instance", { instance_id: "i-1" }, asked));
    const now = [{ name: "order.version", value: "8" }];
    const reopened = run(
      run(first, approve("U0MARIA"), later(1)),
      { type: "resume", claimId: "c", preconditions: now },
      later(2),
    );
    const brief = said(detailsModal(viewOf(reopened, directory), []).blocks);
    expect(brief).toContain("order.version = 8");
    expect(brief).not.toContain("order.version = 7");
  });

  test("the largest one is a view that Slack takes: the oldest messages give way, and it says so", () => {
    const messages = Array.from(
      { length: 100 },
      (_, i): Message => ({
        from: "agent",
        userId: null,
        text: `${"文".repeat(2990)} ${i}`,
        at: NOW,
      }),
    );
    const evidence = Array.from({ length: 20 }, () => ({ title: "文".repeat(150), excerpt: "文".repeat(2000) }));
    const modal = detailsModal(viewOf({ ...stop({ request: "文".repeat(3000), evidence }), messages }, directory), []);
    expect(viewFaults(JSON.parse(said(modal)))).toEqual([]);
    expect(Buffer.byteLength(said(modal))).toBeLessThan(250_000);
    expect(said(modal)).toMatch(/\d+ earlier messages are in the thread/);
    expect(said(modal)).toContain("文 99");
  });
});

test("the question that is decided stands on the card to its end", () => {
  const asked = `Stop it ${"although somebody may still be using it ".repeat(6)}UNLESS IT IS BUSY`;
  expect(asked.length).toBeGreaterThan(250);
  expect(cardOf(stop({ decision_required: asked }))).toContain("UNLESS IT IS BUSY");
});

test("what the agent did and what it stands on stay on the card, whatever else has happened to it", () => {
  const brief = {
    accomplished: ["Drained it", "Told the team"],
    evidence: [{ title: "Load graph" }],
    recommendation: { decision: "approve" },
  };
  const full: Escalation = {
    ...stop(brief),
    raisedBy: { userId: "U0BEN", reason: "r ".repeat(90) },
    changedPreconditions: [{ name: "n", was: "1 ".repeat(60), is: "2 ".repeat(60) }],
    messages: ["q", "a"].map((text, i) => ({
      from: i === 0 ? "reviewer" : "agent",
      userId: i === 0 ? "U0BEN" : null,
      text: `${text} `.repeat(80),
      at: NOW,
    })),
  };
  expect(cardOf(full)).toContain("Drained it");
  expect(cardOf(full)).toContain("Load graph");
});

describe("a task that somebody has taken over", () => {
  const take = { type: "take_over", by: person("U0TOM"), seen: seen() } as const;
  const taken = () => run(mailing(), take, later(1));

  test("explains the buttons it has, offers no claim, and announces nobody", () => {
    const card = cardOf(taken());
    expect(card).toContain("*Done:* the agent gets your result");
    expect(card).not.toContain("I'll do it myself");
    expect(card).not.toContain('"claim esc_');
    expect(card).not.toContain("next:");
    const own = { type: "claim", by: person("U0TOM"), seen: seen() } as const;
    expect(() => run(taken(), own, later(2))).toThrow("has taken this over");
  });

  test("ends without a result as what it is", () => {
    const e = taken();
    const ended = run(e, { type: "tick" }, e.deadline as Date);
    expect(cardOf(ended)).toContain("Taken over by <@U0TOM>, no result by");
    expect(cardOf(ended)).not.toContain("Nobody answered");
    expect(cardOf(ended)).toContain("rejected by policy, although <@U0TOM> may have done it");
    const silence = { type: "timed_out", decision: ended.decision, endedReason: "timed_out", dueAt: null } as const;
    expect(threadLine(silence, ended)).toMatch(/^⊘ Taken over by <@U0TOM>, no result by .*although <@U0TOM> may have done it\.$/);
    expect(threadLine({ type: "taken_over", by: "U0TOM" }, e)).toMatch(
      /If there is no result by <!date.*: rejected by policy, although <@U0TOM> may have done it\.$/,
    );
    expect(reminderEndWords(e, "U0NIK", 1)).toContain("<@U0TOM> has taken it over");
  });

  test("is told so as well to who comes too late, by show, and in the history", () => {
    const e = taken();
    const ended = run(e, { type: "tick" }, e.deadline as Date);
    const done: Escalation = { ...ended, state: "completed", endedReason: "timed_out" };
    expect(stateWords(ended)).toContain("taken over by <@U0TOM>, no result in time");
    expect(stateWords(done)).toBe("ended: taken over by <@U0TOM>, no result in time");
    expect(alreadyDecided(ended).detail).toMatch(/^Too late: <@U0TOM> took this over and gave no result by the deadline, so/);
    expect(stateWords({ ...done, takenOverBy: null })).toBe("ended: nobody answered in time");
    expect(alreadyDecided({ ...ended, takenOverBy: null }).detail).toMatch(/^Too late: nobody answered by the deadline, so/);
    const entry = (event: string, userId?: string) => ({
      stream: "s",
      seq: 1,
      hash: "",
      salt: null,
      content: null,
      body: JSON.stringify({
        at: NOW.toISOString(),
        event,
        actor: userId === undefined ? "policy" : { team_id: "T0LOCAL", user_id: userId },
      }),
    });
    const last = (...events: [string, string?][]) => timelineOf(events.map((one) => entry(...one))).at(-1)?.words;
    expect(last(["taken_over", "U0TOM"], ["timed_out"])).toBe("taken over by <@U0TOM>, no result in time");
    expect(last(["taken_over", "U0TOM"], ["handed_back", "U0TOM"], ["timed_out"])).toBe("nobody answered in time");
    expect(last(["taken_over", "U0TOM"], ["transferred"], ["timed_out"])).toBe("nobody answered in time");
  });

  test("the full brief says approved and paged, and that nobody but the policy pages", () => {
    const body = (facts: object) => JSON.stringify({ at: NOW.toISOString(), ...facts });
    const content = JSON.stringify({ ruling: { paging: { chain: [{ label: "lead engineer" }] } } });
    const read = (facts: object) =>
      timelineOf([{ stream: "escalation/e", seq: 1, hash: "", salt: null, content, body: body(facts) }])[0]?.words;
    const sam = { team_id: "T0LOCAL", user_id: "U0SAM" };
    expect(read({ event: "voted", actor: sam, verdict: "approve" })).toBe("<@U0SAM> approved");
    expect(read({ event: "paged", actor: sam, step: 0, user_ids: ["U0KIM"] })).toBe("paged <@U0KIM> (lead engineer)");
    expect(read({ event: "decided", actor: sam, decision: "modify" })).toBe("<@U0SAM> decided (approved with a change)");
  });

  test("stands on their Home with what they can do", () => {
    const home = said(
      renderHome({ userId: "U0SAM", reviewer: true, mayBeMore: false, waiting: [taken()], queues: [], recent: [] }).blocks,
    );
    expect(home).toContain('"finish"');
    expect(home).toContain('"hand_back"');
    expect(home).not.toContain('"take_over"');
  });
});

test("the reminder of what went to another queue says where it is now", () => {
  const e = { ...stop(), round: 2, transferredFrom: "C0CLOUD" };
  const ended = reminderEndWords({ ...e, ruling: { ...e.ruling, queue: "security" } }, "U0MARIA", 1);
  expect(ended).toContain("it is with the security queue now");
  expect(ended).not.toContain("asked again");
});

test("a change that decides is told by the card, with what was changed; the thread says it to others who took part", () => {
  const money = { amount: 1250, currency: "USD" };
  const schema = { type: "object", properties: { amount: { type: "number" } } };
  const refund = opened(
    requestFor("payments.refund", money, { action: { target: "customer 1", params_schema: schema } }),
    "refund-agent",
  );
  const command = {
    type: "modify",
    by: person("U0PRIYA"),
    seen: seen(),
    params: { amount: 1200 },
    reason: "Not the shipping",
  } as const;
  const events = decide(refund, command, around(later(1), refund));
  if (isRefusal(events)) throw new Error(events.detail);
  const after = apply(refund, events, later(1));
  const linesFor = (about: typeof after) => events.flatMap((event) => threadLine(event, about) ?? []);
  expect(linesFor(after)).toEqual([]);
  expect(cardOf(after)).toContain("USD 1,250.00 → USD 1,200.00");
  expect(cardOf(after)).toContain("Not the shipping");
  // Nobody is notified of a card that is drawn anew.
  const asked = { from: "reviewer" as const, userId: "U0MARIA", text: "Why?", at: NOW };
  expect(linesFor({ ...after, messages: [asked] })).toEqual([
    "✔ approved with a change by <@U0PRIYA>: Amount USD 1,250.00 → USD 1,200.00 (“Not the shipping”)",
  ]);
});

test("a rejection names who rejected, on the card, in the thread and on the Home of who had approved", () => {
  const volume = opened(requestFor("cloud.delete_volume", { volume_id: "v" }, { action: { target: "vol-prod-1" } }));
  const half = run(volume, approve("U0SAM"), later(1));
  const rejected = run(
    half,
    { type: "reject", by: person("U0KIM"), seen: seen(), reasonCode: "wrong_timing", reason: null },
    later(2),
  );
  expect(cardOf(rejected)).toContain("Rejected by <@U0KIM>*");
  expect(cardOf(rejected)).toContain("Not now");
  const decision = rejected.decision;
  if (decision === null) throw new Error("not decided");
  expect(threadLine({ type: "decided", decision, dueAt: NOW }, rejected)).toContain("rejected by <@U0KIM> (Not now)");
  expect(
    said(renderHome({ userId: "U0SAM", reviewer: true, mayBeMore: false, waiting: [], queues: [], recent: [rejected] }).blocks),
  ).toContain("Rejected by <@U0KIM>");
});

test("why it was withdrawn or failed stays on the card, and why it was decided on the Home", () => {
  const refund = opened(
    requestFor("payments.refund", { order_id: "A", amount: 1250, currency: "USD" }, { action: { target: "customer/1" } }),
    "refund-agent",
  );
  const withdrawn = run(refund, { type: "cancel", reason: "the customer was <!channel> refunded in the shop" }, later(1));
  expect(cardOf(withdrawn)).toMatch(/Withdrawn\* at <!date.*“the customer was .*refunded in the shop”/);
  expect(cardOf(withdrawn)).not.toContain("<!channel>");
  const retired = run(refund, { type: "retire", reason: "its agent was revoked" }, later(1));
  expect(cardOf(retired)).toContain("refund-agent was revoked. There is nothing left to decide.");
  const failed = {
    ...run(refund, approve("U0PRIYA"), later(1)),
    state: "failed",
    endedReason: "execution_failed",
    endedAt: later(2),
  };
  const outcome = { status: "failed", executedActionDigest: null, detail: "Gateway said 402", result: null, at: later(2) };
  expect(cardOf({ ...failed, outcome } as unknown as Escalation)).toContain("“Gateway said 402”");
  const home = (recent: Escalation, waiting: Escalation[] = []) =>
    said(renderHome({ userId: "U0PRIYA", reviewer: true, mayBeMore: false, waiting, queues: [], recent: [recent] }).blocks);
  const rejected = run(
    refund,
    { type: "reject", by: person("U0PRIYA"), seen: seen(), reasonCode: "wrong_timing", reason: "after the stocktaking" },
    later(1),
  );
  expect(home(rejected)).toContain("Not now – “after the stocktaking”");
  expect(home(withdrawn)).toContain("refunded in the shop”");
});

test("what stands in several batches of somebody is answered in one form from their Home as well", () => {
  const paging = (userIds: string[]) => ({ ...mailing().paging, batches: [{ userIds, window: later(5) }] });
  const home = (...waiting: Escalation[]) =>
    said(renderHome({ userId: "U0TOM", reviewer: true, mayBeMore: false, waiting, queues: [], recent: [] }).blocks);
  const [mine, another] = [
    { ...mailing(), paging: paging(["U0TOM"]) },
    { ...mailing(), paging: paging(["U0LEE"]) },
  ];
  expect(home(mine, mine)).toContain('"action_id":"batch"');
  expect(home(mine, another)).not.toContain('"action_id":"batch"');
});

test("an answer is told by its label, with what was written beside it", () => {
  const asked = opened(
    EscalationRequest.parse({
      schema_version: "1",
      kind: "question",
      question: { text: "Which?", options: [{ id: "opt_7f", label: "English, with an apology" }] },
      brief: { decision_required: "?", trigger: { kind: "requested" } },
    }),
    "email-agent",
  );
  const answered = run(
    asked,
    { type: "answer", by: person("U0TOM"), seen: seen(), option: "opt_7f", text: "and be kind" },
    later(1),
  );
  expect(cardOf(answered)).toContain("English, with an apology – and be kind");
  expect(cardOf(answered)).not.toContain("opt_7f");
});

test("a higher bar is seen in the words of the card and of the refusal, and outsiders are sent to people who can", () => {
  const refund = opened(
    requestFor("payments.refund", { amount: 600, currency: "USD" }, { action: { target: "customer/1" } }),
    "refund-agent",
  );
  const raised = run(refund, { type: "raise", by: person("U0PRIYA"), seen: seen(), reason: "r" }, later(1));
  expect(cardOf(raised)).toContain("Needs one approval: a payments reviewer at manager level or above");
  expect(() => run(raised, approve("U0PRIYA"), later(2))).toThrow(
    "This needs a payments reviewer at manager level or above. <@U0MARIA> can decide.",
  );
  expect(() => run(refund, approve("U0NIK"), later(2))).toThrow(
    "You aren't a reviewer of the payments queue. <@U0PRIYA> and <@U0MARIA> can.",
  );
});

test("a number that is a name is not written like an amount, and what has no template is called by what it does", () => {
  const port = opened(
    requestFor("cloud.modify_security_group", { group_id: "sg", port: 8443 }, { action: { target: "sg-prod-1" } }),
  );
  expect(port.ruling.presentation.fields.find((field) => field.name === "port")?.value).toBe("8443");
  const unknown = opened(requestFor("un.known", { amount: 5, to: "x@y.example" }));
  expect(unknown.ruling.presentation.title).toBe("un.known: Amount 5, To x@y.example");
  const moved = opened(requestFor("cloud.stop_instance", { instance_id: "i-1" }, { action: { target: "i-prod-1" } }));
  expect(moved.ruling.presentation.effects.silence).toBe("handed to the security queue");
  expect(blockFaults(JSON.parse(cardOf(evolve(moved, { type: "handed_back", by: "U0ANNA" }, NOW))), "message")).toEqual([]);
});

test("spans of time read as people say them, and who was called twice stands there once", () => {
  expect([40_000, 60_000, 90_000, 3_600_000, 5_400_000, 7_500_000, 14_400_000].map(duration)).toEqual([
    "40 s",
    "1 min",
    "2 min",
    "1 h",
    "1 h 30 min",
    "2 h 5 min",
    "4 h",
  ]);
  const e = stop();
  const page = (token: number, userIds: string[]) => ({ step: token, label: "l", userIds, due: NOW, at: later(token), token });
  const paging = { ...e.paging, pages: [page(1, ["U0ANNA"]), page(2, ["U0BEN"]), page(3, ["U0BEN"])] };
  expect(pagedPeople({ ...e, paging })).toMatch(/^<@U0ANNA> [^,]*, <@U0BEN> [^@]* and [^@]*$/);
});

test("whatever an alarm quotes is dead in Slack, except the people; and what is restricted is not named there", () => {
  expect(
    withMentions("‼ Messages for <@U0ANNA>, <@U0BEN> have not arrived (<!channel> <https://evil.example|Approve> *now* :tada:)."),
  ).toBe(
    "‼ Messages for <@U0ANNA>, <@U0BEN> have not arrived (&lt;!channel&gt; &lt;https\u2236//evil.example|Approve&gt; \u2217now\u2217 \u2236tada:).",
  );
  const quiet = stop();
  expect(alarmLine("executed_differs", quiet, null)).toContain("Stop instance i-1");
  expect(alarmLine("executed_differs", quiet, "U0PRIYA")).toMatch(
    /\*cloud-agent ran something other than what was approved\*: .*<@U0PRIYA> was told\. See: /,
  );
  const secret: Escalation = { ...quiet, request: { ...quiet.request, classification: "restricted" } };
  expect(alarmLine("executed_differs", secret, null)).toContain("(restricted) (");
  expect(alarmLine("executed_differs", secret, null)).not.toContain("i-1");
});

test("the owner that only the configuration names is told of alarms, and the alarms channel who was told", () => {
  const before = stop();
  const after: Escalation = { ...before, state: "completed", endedAt: NOW, endedReason: "executed_differs" };
  const telling = {
    alarmsChannel: "C0ALARMS",
    threadLine: () => null,
    alarmLine,
    requesterLine: () => "",
    watchers: () => [],
    ownerOf: () => "U0OWEN",
    contact: () => ({ email: null, pager: null }),
  };
  const ended = { type: "expired", endedReason: "executed_differs" } as const;
  const presentation = { ...after.ruling.presentation, owner: null };
  const alarms = (e: Escalation) =>
    effects(before, e, [ended], telling).flatMap(({ kind, payload }) =>
      kind === "message" ? [[payload.channel, payload.text]] : [],
    );
  expect(alarms({ ...after, agentOwner: null, ruling: { ...after.ruling, presentation } })).toEqual([
    ["C0ALARMS", expect.stringContaining("<@U0OWEN> was told.")],
    ["U0OWEN", expect.not.stringContaining("was told")],
  ]);
});

test("who was called in an earlier round is not called now", () => {
  const e = stop();
  const page = (token: number, userIds: string[], at: Date) => ({ step: token, label: "l", userIds, due: at, at, token });
  const pages = [page(1, ["U0ANNA"], NOW), page(2, ["U0SAM"], later(60))];
  const moved: Escalation = { ...e, stateSince: later(60), round: 2, paging: { ...e.paging, pages } };
  expect(oneLine(moved, later(61))).toContain(" · paged <@U0SAM>");
  expect(oneLine(moved, later(61))).not.toContain("U0ANNA");
  expect(pagedNow(moved)).not.toContain("U0ANNA");
  expect(pagedNow({ ...moved, stateSince: later(90) })).toBeNull();
  expect(pagedPeople(moved)).toMatch(/^<@U0ANNA> .*, <@U0SAM> /);
});

test("what is restricted is nowhere said that others can read: no value in a notification, a thread, a reminder or a page", () => {
  const secret = (classification: "internal" | "restricted"): Escalation => ({
    ...opened(
      requestFor(
        "cloud.stop_instance",
        { instance_id: "CANARY" },
        { action: { target: "CANARY" }, classification, brief: { decision_required: "CANARY?", trigger: { kind: "policy" } } },
      ),
    ),
  });
  const message = (from: Message["from"]): Message => ({ from, userId: "U0SAM", text: "CANARY", at: NOW });
  const all = (e: Escalation) => [
    renderCard(viewOf(e, directory), e.ruling.channel).text,
    renderCard(viewOf(e, directory), "U0MARIA").text,
    renderCard(viewOf({ ...e, state: "failed", endedAt: NOW, endedReason: "cancelled" }, directory), "U0MARIA").text,
    batchCard([{ ...e, paging: { ...e.paging, pages: [] } }], "U0MARIA").text,
    reminderWords(e, null),
    pageWords(e, "on call"),
    alarmLine("never_resumed", e, null),
    threadLine({ type: "asked", message: message("reviewer") }, e) ?? "",
    threadLine({ type: "told", message: message("agent") }, e) ?? "",
    threadLine({ type: "raised", by: "U0SAM", reason: "CANARY" } as never, e) ?? "",
    threadLine({ type: "cancelled", reason: "CANARY", by: "agent" }, e) ?? "",
  ];
  expect(all(secret("internal")).filter((text) => !text.includes("CANARY"))).toEqual([]);
  for (const text of all(secret("restricted"))) expect(text).not.toContain("CANARY");
  expect(renderCard(viewOf(secret("restricted"), directory), "U0MARIA").text).toMatch(/^Approval needed by .* · restricted$/);
});
