import { afterAll, beforeAll, expect, test } from "vitest";
import { type Agent, type App, refundRequest, startApp } from "../support/app.ts";
import { cardOf } from "../support/card.ts";

let app: App;
let refunds: Agent;
beforeAll(async () => {
  app = await startApp();
  refunds = await app.agent("refund-agent");
  // The receipt of a card takes long to store; what it is compared with was read before that.
  await app.db.owner.query(`CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1); RETURN NEW; END $$;
    CREATE TRIGGER slow BEFORE INSERT OR UPDATE ON card FOR EACH ROW WHEN (NEW.ts IS NOT NULL) EXECUTE FUNCTION slow()`);
});
afterAll(() => app?.close());

test("what ends while the receipt of its card is being stored is drawn as ended", async () => {
  const { body } = await refunds.call("POST", "/v1/escalations", refundRequest(1501));
  const card = await cardOf(app, body.id);
  const cancelled = await refunds.call("POST", `/v1/escalations/${body.id}/cancel`, { reason: "no longer" });
  expect(cancelled.status).toBe(200);
  await app.until(
    "no button of it",
    () => card.offers(),
    (offers) => !offers.includes("Approve refund"),
  );
});
