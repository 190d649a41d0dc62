import { mkdtempSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Agent, type App, refundRequest, restartRequest, startApp } from "../support/app.ts";
import { configWithLimits } from "../support/config.ts";
import { factor } from "../support/properties.ts";

/** One agent posts as fast as it can until the other one has what it wants. A hunt posts ten thousand times at least. */
const isHunt = factor > 1;
/** Every day a small burst, or the flood alone would take half a minute on a slow machine; the hunt meets the limits of everybody. */
const LIMITS = "{ agent: { submits_per_minute: 60, burst: 40 } }";
const POSTS_MIN = isHunt ? 10_000 : 200;

let app: App;
beforeAll(async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "countersign-flood-"));
  app = await startApp(isHunt ? {} : { config: configWithLimits(folder, LIMITS) });
});
afterAll(() => app?.close());

const AT_ONCE = 32;

type Flood = { acknowledged: string[]; refused: number; waits: number[]; other: number };

/** Posts without looking at any Retry-After, for as long as anybody wants it. */
async function flood(agent: Agent, wanted: () => boolean): Promise<Flood> {
  const seen: Flood = { acknowledged: [], refused: 0, waits: [], other: 0 };
  let left = POSTS_MIN;
  const one = async () => {
    while (left-- > 0 || wanted()) {
      const { status, body, headers } = await agent.call("POST", "/v1/escalations", refundRequest());
      if (status === 201) seen.acknowledged.push(body.id);
      // On a machine that cannot keep up some hear 503, with a Retry-After as well.
      else if (status === 429 || status === 503) {
        seen.refused++;
        seen.waits.push(Number(headers.get("retry-after")));
      } else seen.other++;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  return seen;
}

test("while one agent floods, another one's escalation is taken, its person is paged, and nothing that was acknowledged is lost", async () => {
  const [flooder, normal] = [await app.agent("refund-agent"), await app.agent("cloud-agent")];
  let wanted = true;
  const flooded = flood(flooder, () => wanted);
  try {
    await app.until("the flood to be held back", async () => {
      const { status } = await flooder.call("POST", "/v1/escalations", refundRequest());
      return status === 429;
    });
    const { status, body } = await normal.call("POST", "/v1/escalations", restartRequest());
    expect(status).toBe(201);
    const paged = () =>
      ["U0ANNA", "U0BEN"].some((person) => app.slack.dm(person).some((m) => JSON.stringify(m.blocks).includes(body.id)));
    await app.until("the page of the other agent's escalation", paged);
  } finally {
    wanted = false;
  }

  const { acknowledged, refused, waits, other } = await flooded;
  expect(other).toBe(0);
  expect(refused).toBeGreaterThan(0);
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(1);
  const { rows } = await app.db.owner.query("SELECT id FROM escalation WHERE id = ANY($1)", [acknowledged]);
  expect(rows).toHaveLength(acknowledged.length);
});
