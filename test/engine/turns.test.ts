import pino from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CLASS } from "../../src/domain/consequences/deliveries.ts";
import type { DeliverParts, Sending, SendResult } from "../../src/engine/delivery/deliver.ts";
import { createDeliverer } from "../../src/engine/delivery/deliverer.ts";
import { oweAll } from "../../src/store/outbox.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db?.close());

function delivererOf(message: (sending: Sending<"message">) => Promise<SendResult>) {
  const log = pino({ level: "silent" });
  const parts = { pool: db.pool, log, senders: { message }, setAside: () => {}, drawings: { stored: () => {} } };
  return createDeliverer(
    parts as unknown as DeliverParts,
    () => false,
    () => {},
  );
}

test("a try that Slack limited is no turn: of two agents in a channel each is taken in turn", async () => {
  const lane = "slack:chat.postMessage:C1";
  const owed = (agentId: string, n: number) => ({
    lane,
    kind: "message" as const,
    escalationId: null,
    payload: { channel: "C1", text: `${agentId} ${n}` },
    priority: CLASS.waiting,
    dedupe: null,
    deliveryId: `dlv_${agentId}_${n}`,
    agentId,
  });
  const flood = Array.from({ length: 8 }, (_, n) => owed("agt_flood", n));
  await oweAll(db.pool, [...flood, owed("agt_normal", 0)]);
  const taken: string[] = [];
  let calls = 0;
  // It takes one, and has the next one come again: as a channel that takes a message a second.
  const message = async ({ agentId }: Sending<"message">): Promise<SendResult> => {
    if (calls++ % 2 === 1) return { result: "retry", afterMs: 1, wholeLane: true, limited: true, why: "rate limited" };
    taken.push(agentId);
    return { result: "sent", receipt: null };
  };
  const deliverer = delivererOf(message);
  for (let i = 0; i < 400 && taken.length < 9; i++) {
    await deliverer.pass();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await deliverer.stop();
  expect(taken).toHaveLength(9);
  expect(taken.indexOf("agt_normal")).toBeLessThanOrEqual(1);
});

test("one that fails has had its turn: what another agent asks for is not kept behind it", async () => {
  const lane = "slack:chat.postMessage:C2";
  const owed = (agentId: string) => ({
    lane,
    kind: "message" as const,
    escalationId: null,
    payload: { channel: "C2", text: agentId },
    priority: CLASS.waiting,
    dedupe: null,
    deliveryId: `dlv_${agentId}`,
    agentId,
  });
  await oweAll(db.pool, [owed("agt_broken"), owed("agt_fine")]);
  const tried: string[] = [];
  const message = async ({ agentId }: Sending<"message">): Promise<SendResult> => {
    tried.push(agentId);
    if (agentId === "agt_broken") return { result: "retry", afterMs: 1, wholeLane: true, why: "refused for now" };
    return { result: "sent", receipt: null };
  };
  const deliverer = delivererOf(message);
  for (let i = 0; i < 400 && !tried.includes("agt_fine"); i++) {
    await deliverer.pass();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await deliverer.stop();
  expect(tried.indexOf("agt_fine")).toBe(1);
});
