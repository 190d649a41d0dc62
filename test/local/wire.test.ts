import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebClient } from "@slack/web-api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalSlack, startLocalSlack } from "../../src/local/slack/server.ts";

/** Between the stand-in and the bot: events are sent again, closing a form is told where asked for, and Slack's limits hold when they are switched on. */
let slack: LocalSlack;
let client: WebClient;
const time = { at: new Date("2026-11-21T12:00:00Z") };
const got: { type: string; retry: string | undefined; body: string; raw: string }[] = [];
const answers: number[] = [];
const commandAnswer = { json: "" };
const bot = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => {
    body += chunk;
  });
  request.on("end", () => {
    const text = decodeURIComponent(body.replace(/^payload=/, ""));
    const type = /"type":"(view_closed|event_callback|view_submission|block_actions)"/.exec(text)?.[1] ?? "command";
    got.push({ type, retry: request.headers["x-slack-retry-num"] as string | undefined, body: text, raw: body });
    response.writeHead(answers.shift() ?? 200).end(type === "command" ? commandAnswer.json : "");
  });
});

beforeAll(async () => {
  await new Promise<void>((resolve) => bot.listen(0, "127.0.0.1", resolve));
  slack = await startLocalSlack({
    port: 0,
    botToken: "xoxb-t",
    signingSecret: "s",
    clock: { now: () => time.at },
    botUrl: `http://127.0.0.1:${(bot.address() as AddressInfo).port}/slack/events`,
  });
  client = new WebClient("xoxb-t", { slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 }, rejectRateLimitedCalls: true });
});
afterAll(async () => {
  await slack.close();
  bot.close();
});

test("an event that is not taken is sent again at once, with its number", async () => {
  answers.push(500, 200);
  expect(await slack.as("U0PRIYA").openHome()).toEqual({ ok: true });
  expect(got.map(({ type, retry }) => [type, retry])).toEqual([
    ["event_callback", undefined],
    ["event_callback", "1"],
  ]);
  const ids = got.map(({ body }) => JSON.parse(body).event_id);
  expect(ids[0]).toBe(ids[1]);
});

test("closing a form is told only where it was asked for", async () => {
  const view = (notify: boolean) => ({
    type: "modal" as const,
    title: { type: "plain_text" as const, text: "t" },
    blocks: [{ type: "divider" as const }],
    notify_on_close: notify,
  });
  for (const notify of [true, false]) {
    got.length = 0;
    await slack.as("U0PRIYA").command("C0PAYMENTS", "/countersign help");
    const trigger = new URLSearchParams(got[0]?.raw ?? "").get("trigger_id") ?? "";
    await client.views.open({ trigger_id: trigger, view: view(notify) });
    await slack.as("U0PRIYA").closeTop();
    expect(got.filter(({ type }) => type === "view_closed")).toHaveLength(notify ? 1 : 0);
  }
});

test("a command comes escaped, with people and channels as ids", async () => {
  got.length = 0;
  await slack.as("U0PRIYA").command("C0PAYMENTS", "/countersign oncall override @Ben 4h <b> #cloud-approvals a@b.example");
  const text = new URLSearchParams(got[0]?.raw ?? "").get("text");
  expect(text).toBe("oncall override <@U0BEN|ben> 4h &lt;b&gt; <#C0CLOUD|cloud-approvals> a@b.example");
});

test("a command is answered wherever it is typed, and an answer that cannot be shown says so", async () => {
  const say = (answer: object) => {
    commandAnswer.json = JSON.stringify(answer);
    return slack.as("U0LEE").command("C0GENERAL", "/countersign help");
  };
  // The bot is no member of #general: Slack lets it answer a command there, but not post there by itself.
  expect(await say({ text: "in the ack" })).toBe("in the ack");
  const posted = client.chat.postEphemeral({ channel: "C0GENERAL", user: "U0LEE", text: "by itself" });
  await expect(posted).rejects.toMatchObject({ data: { error: "not_in_channel" } });
  expect(await say({ blocks: [{ type: "marquee" }] })).toBe("The answer to /countersign could not be shown: invalid_blocks");

  commandAnswer.json = "";
  got.length = 0;
  await slack.as("U0LEE").command("C0GENERAL", "/countersign help");
  const url = new URLSearchParams(got[0]?.raw ?? "").get("response_url") ?? "";
  const respond = (answer: object) => fetch(url, { method: "POST", body: JSON.stringify(answer) }).then((r) => r.status);
  expect(await respond({ text: "later" })).toBe(200);
  expect(slack.as("U0LEE").ephemerals()).toEqual(["in the ack", "later"]);
  expect(await respond({ text: "" })).toBe(404);
  const state = await fetch(`${slack.url}/page/state?viewer=U0LEE`).then((r) => r.json() as Promise<{ notices: object[] }>);
  expect(state.notices).toMatchObject([{ text: "The app's answer could not be shown: no_text" }]);
});

test("Slack's limits: a short burst in a channel, then 429 with the seconds to wait; other channels flow on", async () => {
  const post = (channel: string) =>
    client.chat.postMessage({ channel, text: "t" }).then(
      () => "ok",
      (error) => error.retryAfter,
    );
  slack.quotas.switch(true);
  const first = await Promise.all(Array.from({ length: 8 }, () => post("C0PAYMENTS")));
  expect(first.filter((answer) => answer === "ok")).toHaveLength(5);
  expect(first.filter((answer) => answer !== "ok").every((seconds) => seconds === 1)).toBe(true);
  expect(await post("C0CLOUD")).toBe("ok");
  time.at = new Date(time.at.getTime() + 1000);
  expect(await post("C0PAYMENTS")).toBe("ok");
  slack.quotas.switch(false);
  expect(await post("C0PAYMENTS")).toBe("ok");
});
