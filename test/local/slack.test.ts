import http from "node:http";
import type { ModalView } from "@slack/types";
import { WebClient } from "@slack/web-api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalSlack, startLocalSlack } from "../../src/local/slack/server.ts";
import { blockFaults, viewFaults } from "../../src/local/slack/validate.ts";

/** The stand-in is as strict as Slack: proved with Slack's own client. */
let slack: LocalSlack;
let client: WebClient;
const time = { at: new Date("2026-11-21T12:00:00Z") };
beforeAll(async () => {
  slack = await startLocalSlack({
    port: 0,
    botToken: "xoxb-t",
    signingSecret: "s",
    clock: { now: () => time.at },
    botUrl: "http://127.0.0.1:9/none",
  });
  client = new WebClient("xoxb-t", { slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 }, rejectRateLimitedCalls: true });
});
afterAll(() => slack.close());
const rawGet = (port: number, path: string, headers: Record<string, string>): Promise<number> =>
  new Promise((resolve, reject) => {
    const request = http.get({ host: "127.0.0.1", port, path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on("error", reject);
  });
const refused = async (call: Promise<unknown>) =>
  (await call.then(
    () => "ok",
    (error) => error.data?.error ?? error.code,
  )) as string;

test("tokens, channels and blocks are checked as Slack checks them", async () => {
  expect(await refused(new WebClient("xoxb-wrong", { slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 } }).auth.test())).toBe(
    "invalid_auth",
  );
  expect(await client.auth.test()).toMatchObject({ ok: true, team_id: "T0LOCAL", bot_id: "B0BOT" });
  const post = (args: object) => refused(client.chat.postMessage({ channel: "C0PAYMENTS", text: "t", ...args } as never));
  expect(await post({})).toBe("ok");
  expect(await post({ channel: "C0NOPE" })).toBe("channel_not_found");
  expect(await post({ channel: "C0GENERAL" })).toBe("not_in_channel");
  expect(await post({ text: "" })).toBe("no_text");
  expect(await post({ thread_ts: "1.2" })).toBe("thread_not_found");
  expect(await post({ blocks: [{ type: "header", text: { type: "plain_text", text: "x".repeat(151) } }] })).toBe(
    "invalid_blocks",
  );
  expect(await post({ blocks: [{ type: "marquee" }] })).toBe("invalid_blocks");
  expect(await post({ blocks: Array.from({ length: 51 }, () => ({ type: "divider" })) })).toBe("invalid_blocks");
  const button = (id: string) => ({ type: "button", action_id: id, text: { type: "plain_text", text: "b" } });
  expect(await post({ blocks: [{ type: "actions", elements: [button("a"), button("a")] }] })).toBe("invalid_blocks");
  expect(
    await post({
      blocks: [
        { type: "divider", block_id: "x" },
        { type: "divider", block_id: "x" },
      ],
    }),
  ).toBe("invalid_blocks");
  expect(
    await post({
      blocks: Array.from({ length: 5 }, () => ({ type: "section", text: { type: "mrkdwn", text: "y".repeat(2900) } })),
    }),
  ).toBe("msg_blocks_too_long");
});

test("a trigger opens one modal within three seconds, and modals are checked", async () => {
  const view = {
    type: "modal",
    title: { type: "plain_text", text: "T" },
    blocks: [{ type: "section", text: { type: "plain_text", text: "x" } }],
  } as ModalView;
  const trigger = (id: string) => slack.world.state.triggers.set(id, { userId: "U0SAM", at: time.at.getTime() });
  trigger("t1");
  expect(await refused(client.views.open({ trigger_id: "t1", view }))).toBe("ok");
  expect(await refused(client.views.open({ trigger_id: "t1", view }))).toBe("invalid_trigger_id");
  trigger("t2");
  time.at = new Date(time.at.getTime() + 3001);
  expect(await refused(client.views.open({ trigger_id: "t2", view }))).toBe("expired_trigger_id");
  trigger("t3");
  expect(
    await refused(
      client.views.open({ trigger_id: "t3", view: { ...view, title: { type: "plain_text", text: "x".repeat(25) } } }),
    ),
  ).toBe("invalid_arguments");
  const input = {
    type: "input",
    label: { type: "plain_text", text: "l" },
    element: { type: "plain_text_input", action_id: "a" },
  } as const;
  expect(await refused(client.views.open({ trigger_id: "t3", view: { ...view, blocks: [input] } }))).toBe("invalid_arguments");
  const open = slack.as("U0SAM").top();
  expect(await refused(client.views.update({ view_id: open?.id ?? "", hash: "old", view }))).toBe("hash_conflict");
  expect(await refused(client.views.update({ view_id: open?.id ?? "", hash: open?.hash ?? "", view }))).toBe("ok");
  const published = await client.views.publish({ user_id: "U0SAM", view: { type: "home", blocks: [] } });
  expect(await refused(client.views.publish({ user_id: "U0SAM", hash: "old", view: { type: "home", blocks: [] } }))).toBe(
    "hash_conflict",
  );
  expect(published.view?.hash).toBeTruthy();
});

test("metadata is found again; DMs get a channel; an app that does not answer is shown as Slack shows it", async () => {
  const metadata = { event_type: "countersign_card", event_payload: { delivery_id: "d1" } };
  const dm = await client.chat.postMessage({ channel: "U0SAM", text: "hi", metadata });
  expect(dm.channel).toMatch(/^D/);
  expect(
    (await client.conversations.history({ channel: dm.channel ?? "", include_all_metadata: true })).messages?.[0],
  ).toMatchObject({ metadata });
  expect((await client.conversations.history({ channel: dm.channel ?? "" })).messages?.[0]).not.toHaveProperty("metadata");
  await client.chat.postMessage({
    channel: "C0PAYMENTS",
    text: "t",
    blocks: [
      { type: "actions", elements: [{ type: "button", action_id: "a", value: "v", text: { type: "plain_text", text: "b" } }] },
    ],
  });
  expect(await slack.as("U0SAM").click("C0PAYMENTS", "a")).toMatchObject({ ok: false, error: "app_error" });
});

test("the page answers only to itself: foreign hosts and origins are turned away", async () => {
  const state = (headers: Record<string, string>) => fetch(`${slack.url}/page/state`, { headers }).then((r) => r.status);
  expect(await state({})).toBe(200);
  expect(await state({ origin: "https://evil.example" })).toBe(403);
  expect(await state({ origin: slack.url })).toBe(200);
  // A page whose domain was made to point here still names its domain.
  expect(await rawGet(slack.port, "/page/state", { host: "evil.example" })).toBe(403);
  const page = await fetch(slack.url);
  expect(page.headers.get("content-security-policy")).toContain("default-src 'self'");
  expect((await fetch(`${slack.url}/../package.json`)).status).toBe(404);
});

test("what a foreign page embeds is turned away, and a link to the page leads there", async () => {
  const get = (path: string, headers: Record<string, string>) => rawGet(slack.port, path, headers);
  const from = (site: string, dest: string) => ({ "sec-fetch-site": site, "sec-fetch-dest": dest });
  for (const path of ["/page/state", "/page/stream", "/page.js", "/"])
    for (const site of ["cross-site", "same-site"])
      for (const dest of ["image", "script", "iframe", "empty"])
        expect([path, site, dest, await get(path, from(site, dest))]).toEqual([path, site, dest, 403]);
  expect(await get("/", from("cross-site", "document"))).toBe(200);
  expect(await get("/page/state", from("same-origin", "empty"))).toBe(200);
  const post = { method: "POST", body: JSON.stringify({ quotas: true }), headers: from("cross-site", "document") };
  expect((await fetch(`${slack.url}/page/faults`, post)).status).toBe(403);
  expect(slack.quotas.isOn()).toBe(false);
});

test("a foreign page can call no method: neither with an Origin, nor with the token in a form, nor under another host", async () => {
  const before = slack.channel("C0PAYMENTS").length;
  const form = { method: "POST", body: new URLSearchParams({ token: "xoxb-t", channel: "C0PAYMENTS", text: "forged" }) };
  expect(await (await fetch(`${slack.apiUrl}chat.postMessage`, form)).json()).toMatchObject({ error: "not_authed" });
  const headers = { authorization: "Bearer xoxb-t", origin: "https://evil.example" };
  expect((await fetch(`${slack.apiUrl}chat.postMessage`, { ...form, headers })).status).toBe(403);
  expect(await rawGet(slack.port, "/api/auth.test", { host: "evil.example", authorization: "Bearer xoxb-t" })).toBe(403);
  expect(slack.channel("C0PAYMENTS")).toHaveLength(before);
});

test("a path that is no address is answered, and the stand-in goes on", async () => {
  for (const path of ["//", "///", "/\\\\", "/%", "//[::1"]) expect(await rawGet(slack.port, path, {})).toBeLessThan(500);
  expect(await rawGet(slack.port, "/page/state", {})).toBe(200);
});

test("tokens and secrets are new at every start", async () => {
  const start = () => startLocalSlack({ port: 0, clock: { now: () => time.at } });
  const [one, two] = [await start(), await start()];
  expect(new Set([one.botToken, two.botToken, one.signingSecret, two.signingSecret]).size).toBe(4);
  expect(one.signingSecret.length).toBeGreaterThanOrEqual(32);
  await one.close();
  await two.close();
});

test("a permalink names the message as a browser does", async () => {
  const { ts = "" } = await client.chat.postMessage({ channel: "C0PAYMENTS", text: "here" });
  const link = await client.chat.getPermalink({ channel: "C0PAYMENTS", message_ts: ts });
  expect(link.permalink).toBe(`https://northwind.slack.com/archives/C0PAYMENTS/p${ts.replace(".", "")}`);
  expect(await refused(client.chat.getPermalink({ channel: "C0PAYMENTS", message_ts: "1.2" }))).toBe("message_not_found");
});

test("a response_url works five times within half an hour", async () => {
  const state = slack.world.state;
  const post = (id: string) =>
    fetch(`${slack.url}/response/${id}`, { method: "POST", body: JSON.stringify({ text: "later" }) }).then(
      (r) => r.json() as Promise<{ ok: boolean; error?: string }>,
    );
  state.responseUrls.set("R1", { userId: "U0SAM", channel: "C0PAYMENTS", at: time.at.getTime(), uses: 0 });
  for (let i = 0; i < 5; i++) expect((await post("R1")).ok).toBe(true);
  expect(await post("R1")).toEqual({ ok: false, error: "used_url" });
  expect(
    slack
      .as("U0SAM")
      .ephemerals()
      .filter((text) => text === "later"),
  ).toHaveLength(5);
  state.responseUrls.set("R2", { userId: "U0SAM", channel: "C0PAYMENTS", at: time.at.getTime() - 31 * 60_000, uses: 0 });
  expect(await post("R2")).toEqual({ ok: false, error: "expired_url" });
  // Who knows one cannot guess the next.
  state.responseUrls.clear();
  for (let i = 0; i < 2; i++) await slack.as("U0SAM").click("C0PAYMENTS", "a");
  const [first = "", second = ""] = [...state.responseUrls.keys()];
  expect([first.length, second.length]).toEqual([24, 24]);
  expect(first.slice(0, 8)).not.toBe(second.slice(0, 8));
});

test("values that real Slack refuses are refused: days that do not exist, addresses that are none, links that clients read differently", async () => {
  const form = (element: object) => ({
    type: "modal" as const,
    title: { type: "plain_text" as const, text: "T" },
    submit: { type: "plain_text" as const, text: "S" },
    blocks: [{ type: "input", label: { type: "plain_text", text: "L" }, element: { action_id: "a", ...element } }],
  });
  const cases: [object, boolean][] = [
    [{ type: "datepicker", initial_date: "2026-02-28" }, true],
    [{ type: "datepicker", initial_date: "2026-99-99" }, false],
    [{ type: "datetimepicker", initial_date_time: 1 }, false],
    [{ type: "email_text_input", initial_value: "a@b.example" }, true],
    [{ type: "email_text_input", initial_value: "not an address" }, false],
    [{ type: "url_text_input", initial_value: "nowhere" }, false],
  ];
  for (const [element, fine] of cases) expect(viewFaults(form(element)).length === 0, JSON.stringify(element)).toBe(fine);
  const link = (url: string) => ({
    type: "rich_text",
    elements: [{ type: "rich_text_section", elements: [{ type: "link", url }] }],
  });
  expect(blockFaults([link("https://a.example/x")], "message")).toEqual([]);
  for (const url of ["nowhere", "https://a.example\\@evil.example/", "javascript:alert(1)"])
    expect(blockFaults([link(url)], "message"), url).not.toEqual([]);
});
