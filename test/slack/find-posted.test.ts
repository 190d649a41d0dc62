import { WebClient } from "@slack/web-api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalSlack, startLocalSlack } from "../../src/local/slack/server.ts";
import { findPosted } from "../../src/slack/api/find-posted.ts";

/** After an ambiguous answer nothing is posted again unless Slack has said that it is not there. */
let slack: LocalSlack;
let client: WebClient;
const NOW = new Date("2026-11-21T12:00:00Z");
beforeAll(async () => {
  slack = await startLocalSlack({
    port: 0,
    botToken: "xoxb-t",
    signingSecret: "s",
    clock: { now: () => NOW },
    botUrl: "http://127.0.0.1:9/none",
  });
  client = new WebClient("xoxb-t", { slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 } });
});
afterAll(() => slack.close());

/** Others have written `newer` messages since. */
function channelWith(newer: number, wanted: string | null, everyMs = 1): void {
  const at = (index: number) => (NOW.getTime() / 1000 + (index * everyMs) / 1000).toFixed(6);
  const mine = { delivery_id: wanted };
  const message = (index: number) => ({
    ts: at(index),
    user: "U0PRIYA",
    text: "t",
    blocks: [],
    ...(index === 0 && wanted !== null ? { metadata: { event_type: "countersign_card", event_payload: mine } } : {}),
  });
  slack.world.state.messages.set("C0PAYMENTS", Array.from({ length: newer + 1 }, (_, index) => message(index)) as never);
}
const look = (since = NOW, until = new Date(since.getTime() + 60_000)) =>
  findPosted(client, { channel: "C0PAYMENTS", threadTs: null, deliveryId: "dlv_1", since, until });

test("found behind hundreds of newer ones", async () => {
  channelWith(350, "dlv_1");
  expect(await look()).toEqual({ channel: "C0PAYMENTS", ts: (NOW.getTime() / 1000).toFixed(6) });
});

test("absent only when everything since it was sent has been looked through", async () => {
  channelWith(350, "dlv_2");
  expect(await look()).toBe("absent");
  channelWith(1200, "dlv_1");
  expect(await look()).toBe("unknown");
  // What stood there long before it was sent need not be looked through.
  expect(await look(new Date(NOW.getTime() + 2 * 3_600_000))).toBe("absent");
});

test("a busy channel hides nothing: what came long after the last send is not looked through", async () => {
  channelWith(1200, "dlv_1", 1000);
  expect(await look()).toEqual({ channel: "C0PAYMENTS", ts: (NOW.getTime() / 1000).toFixed(6) });
  channelWith(1200, "dlv_2", 1000);
  expect(await look()).toBe("absent");
});

test("a clock that was moved on since the send makes nothing absent: what was written since is looked through as well", async () => {
  const [from, to] = [new Date(NOW.getTime() - 3 * 3_600_000), new Date(NOW.getTime() - 2 * 3_600_000)];
  channelWith(350, "dlv_1");
  expect(await look(from, to)).toEqual({ channel: "C0PAYMENTS", ts: (NOW.getTime() / 1000).toFixed(6) });
  channelWith(350, "dlv_2");
  expect(await look(from, to)).toBe("absent");
});
