import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Agent, type App, startApp } from "../support/app.ts";
import { cardOf } from "../support/card.ts";

/** That something can be undone is confirmed by its having been undone, and not assumed. */
let folder: string;
let app: App;
let cloud: Agent;
beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), "countersign-rehearsal-"));
  const config = path.join(folder, "countersign.yaml");
  const example = readFileSync("countersign.example.yaml", "utf8");
  writeFileSync(config, example.replace("unconfirmed: rollback ", "undo_rehearsed: 90d\n      unconfirmed: rollback "));
  app = await startApp({ config });
  cloud = await app.agent("cloud-agent");
});
afterAll(async () => {
  await app?.close();
  rmSync(folder, { recursive: true, force: true });
});

const scale = {
  schema_version: "1",
  kind: "action",
  action: {
    type: "cloud.scale_service",
    title: "Scale checkout",
    params: { service: "checkout", replicas: 8, was: 3 },
    target: "checkout-prod-2",
    environment: "production",
  },
  brief: { decision_required: "Eight instances until the evening?", trigger: { kind: "policy" } },
  signals: { confidence: 0.9, risk: 0.2 },
};
const submit = async () => (await cloud.call("POST", "/v1/escalations", scale)).body;
const tierNow = async (): Promise<string> => (await cloud.call("POST", "/v1/policy/evaluate", scale)).body.tier;

test("what was never undone waits for an approval, and the owner is told; once it was undone, it is done at once, for a while", async () => {
  const first = await submit();
  expect(first).toMatchObject({ tier: "hard_approval", disposition: "wait", review: null });
  expect(first.policy.reasons[0]).toMatchObject({
    rule: "undo rehearsal",
    detail: expect.stringMatching(/never undone in production/),
  });
  const alarm = "waits for an approval, because undoing this was not rehearsed lately";
  await app.until("the owner's message", () => app.slack.channel("D00MARIA").find((m) => JSON.stringify(m).includes(alarm)));
  const card = await cardOf(app, first.id);
  await card.says("this was never undone in production");
  await card.click("U0ANNA", "Approve");
  const { body } = await app.until(
    "the right to run it",
    () => cloud.call("POST", `/v1/escalations/${first.id}/resume`, { claim_id: "c" }),
    ({ status }) => status === 200,
  );
  const outcome = { status: "rolled_back", execution_token: body.execution.token };
  await cloud.call("POST", `/v1/escalations/${first.id}/outcome`, outcome);
  await app.until("the rehearsal", tierNow, (tier) => tier === "soft_review");
  expect(await submit()).toMatchObject({ tier: "soft_review", disposition: "proceed_pending_review" });

  await app.db.shiftClock(91 * 86_400_000);
  const old = await submit();
  expect(old).toMatchObject({ tier: "hard_approval", disposition: "wait" });
  expect(old.policy.reasons[0].detail).toMatch(/last undone in production 91 d ago, 90 d at most/);
});
