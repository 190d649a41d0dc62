import { expect, test } from "vitest";
import type { Envelope } from "../../src/domain/consequences/deliveries.ts";
import type { SendResult } from "../../src/engine/delivery/deliver.ts";
import { createPace } from "../../src/engine/delivery/pace.ts";
import { GROUPS, groupOf } from "../../src/engine/delivery/ranges.ts";

const row = (lane: string, attempts = 0) => ({ lane, attempts }) as Envelope;
const retry = (more: Partial<Extract<SendResult, { result: "retry" }>> = {}): SendResult => ({
  result: "retry",
  afterMs: 8000,
  wholeLane: true,
  why: "internal_error",
  ...more,
});
const SENT: SendResult = { result: "sent", receipt: null };

test("every lane there can be is in one group, and the groups leave no gap", () => {
  for (const [i, group] of GROUPS.entries()) expect(group.from).toBe(GROUPS[i - 1]?.upTo ?? "");
  const transports = [
    "callback:agt_1:a.example",
    "email_page:a@b.example",
    "engine:follow_up",
    "pager_resolve",
    "slack:users.info:U1",
  ];
  expect(transports.map((lane) => groupOf(lane).transport)).toEqual(["callback", "other", "other", "other", "slack"]);
});

test("a limit on a method pauses it in every channel, and then one goes at a time; a limit on a channel pauses that channel", () => {
  let now = 0;
  const pace = createPace(() => now);
  const limited = retry({ afterMs: 30_000, limited: true });
  expect(pace.after(row("slack:chat.update:C1"), limited).pause).toEqual({ lane: "slack:chat.update:*", ms: 30_000 });
  expect(pace.after(row("slack:chat.postMessage:C1"), limited).pause).toEqual({ lane: "slack:chat.postMessage:C1", ms: 30_000 });
  expect(pace.isSlow(groupOf("slack:chat.update:C2"))).toBe(true);
  expect(pace.isSlow(groupOf("slack:chat.postMessage:C1"))).toBe(false);
  now = 91_000;
  expect(pace.isSlow(groupOf("slack:chat.update:C2"))).toBe(false);
});

test("a message that fails again and again lets the others go first, and is set aside once others arrive", () => {
  const pace = createPace(() => 0);
  const lane = "slack:chat.postMessage:C1";
  expect(pace.after(row(lane, 0), retry())).toMatchObject({ answer: { wholeLane: true }, pause: { lane, ms: 8000 } });
  expect(pace.after(row(lane, 4), retry())).toMatchObject({ answer: { wholeLane: false }, pause: { lane, ms: 8000 } });
  // While nothing arrives at all, it is Slack and not the message.
  expect(pace.after(row(lane, 50), retry()).answer).toMatchObject({ result: "retry" });
  pace.after(row("slack:chat.postMessage:C2"), SENT);
  expect(pace.after(row(lane, 18), retry()).answer).toMatchObject({ result: "retry" });
  expect(pace.after(row(lane, 19), retry()).answer).toMatchObject({ result: "failed" });
  expect(pace.after(row(lane, 19), retry({ maybeSent: true })).answer).toMatchObject({ result: "uncertain" });
  // What Slack limits is looked at by nobody, and is no try.
  expect(pace.after(row(lane, 40), retry({ limited: true })).answer).toMatchObject({ result: "retry" });
});

test("an endpoint that has failed three times gets one try at a time and a longer and longer pause, until it answers", () => {
  const pace = createPace(() => 0);
  const lane = "callback:agt_1:agents.example";
  const fail = () => pace.after(row(lane), retry({ wholeLane: false })).pause?.ms ?? null;
  expect(pace.rowsIn(lane)).toBe(4);
  expect([fail(), fail(), fail(), fail(), fail()]).toEqual([null, null, 5000, 10_000, 20_000]);
  expect(pace.rowsIn(lane)).toBe(1);
  expect(pace.rowsIn("callback:agt_1:other.example")).toBe(4);
  pace.after(row(lane), SENT);
  expect([pace.rowsIn(lane), fail()]).toEqual([4, null]);
});
