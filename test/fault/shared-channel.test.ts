import { afterAll, beforeAll, expect, test } from "vitest";
import { listDeliveries } from "../../src/engine/delivery/deliveries.ts";
import { type App, refundRequest, startApp } from "../support/app.ts";

/** In an app of its own: what Slack says of a channel is kept for a minute. */
let app: App;
beforeAll(async () => {
  app = await startApp({ log: "silent" });
});
afterAll(() => app?.close());

test("no card goes to a channel that another company reads too; it waits for an operator, and /readyz says why", async () => {
  const channel = app.slack.world.state.channels.get("C0MAIL");
  Object.assign(channel ?? {}, { shared: true });
  const mail = await app.agent("email-agent");
  const { body } = await mail.call("POST", "/v1/escalations", {
    schema_version: "1",
    kind: "question",
    question: { text: "Which template?" },
    brief: { decision_required: "?", trigger: { kind: "policy" } },
  });
  await app.until(
    "the dead letter",
    () => listDeliveries(app.db.pool),
    (rows) =>
      rows.some((row) => row.escalationId === body.id && row.status === "dead" && row.lastError?.includes("another company")),
  );
  expect(JSON.stringify(app.slack.channel("C0MAIL"))).not.toContain(body.id);
  expect(JSON.stringify((await mail.call("GET", "/readyz")).body)).toContain("shared with another company");
});

test("the cards of a channel that became shared are folded at the next look when the database failed at the first", async () => {
  const refunds = await app.agent("refund-agent");
  const { body } = await refunds.call("POST", "/v1/escalations", refundRequest());
  const { ts } = await app.card(body.id);
  await app.until(
    "its place",
    async () =>
      (
        await app.db.pool.query("SELECT 1 FROM card WHERE escalation_id = $1 AND place = 'C0PAYMENTS' AND ts IS NOT NULL", [
          body.id,
        ])
      ).rows[0],
  );
  const { pool } = app.running.parts;
  const { query } = pool;
  const asked = query.bind(pool);
  let failed = 0;
  Object.assign(pool, {
    query: async (statement: { name?: string }) => {
      if (statement.name === "owe_all" && failed++ === 0) throw new Error("the database fails");
      return asked(statement as never);
    },
  });
  const card = () => JSON.stringify(app.slack.channel("C0PAYMENTS").find((m) => m.ts === ts)?.blocks);
  try {
    await app.slack.share("C0PAYMENTS");
    await app.until("the failure", () => failed > 0);
    // Slack tells it again, or a minute has passed: either is another look.
    await app.slack.share("C0PAYMENTS");
    await app.until("the folded card", card, (json) => json.includes("shared with another company"));
  } finally {
    Object.assign(pool, { query });
  }
});
