import { afterAll, beforeAll, expect, test } from "vitest";
import { listDeliveries } from "../../src/engine/delivery/deliveries.ts";
import { type App, startApp } from "../support/app.ts";

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
