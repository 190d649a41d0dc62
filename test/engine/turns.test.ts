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
  const parts = {
    pool: db.pool,
    log: pino({ level: "silent" }),
    senders: { message },
    setAside: () => {},
    drawings: { stored: () => {} },
  };
  const deliverer = createDeliverer(
    parts as unknown as DeliverParts,
    () => false,
    () => {},
  );
  for (let i = 0; i < 400 && taken.length < 9; i++) {
    await deliverer.pass();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await deliverer.stop();
  expect(taken).toHaveLength(9);
  expect(taken.indexOf("agt_normal")).toBeLessThanOrEqual(1);
});
