import type { ModalView } from "@slack/types";
import { WebClient } from "@slack/web-api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalSlack, startLocalSlack } from "../../src/local/slack/server.ts";

/** Uploads, words that Slack changes, and asking whether blocks would be taken: with Slack's own client. */
let slack: LocalSlack;
let client: WebClient;
beforeAll(async () => {
  slack = await startLocalSlack({ port: 0, botToken: "xoxb-t", clock: { now: () => new Date("2026-11-21T12:00:00Z") } });
  client = new WebClient("xoxb-t", { slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 } });
});
afterAll(() => slack.close());

const PNG = Buffer.from("89504e470d0a1a0a0000000d49484452", "hex");
const refused = async (call: Promise<unknown>) =>
  (await call.then(
    () => "ok",
    (error) => error.data?.error ?? error.code,
  )) as string;
type Shown = { channels: { id: string; messages: any[] }[]; views: any[] };
const shownTo = async (viewer: string): Promise<Shown> =>
  (await (await fetch(`${slack.url}/page/state?viewer=${viewer}`)).json()) as Shown;
const newest = async (channel: string) => (await shownTo("U0PRIYA")).channels.find((one) => one.id === channel)?.messages.at(-1);

test("a file that Slack's own client uploads stands in the channel, and gives its bytes back as they were", async () => {
  const uploaded = await client.filesUploadV2({
    channel_id: "C0PAYMENTS",
    file: PNG,
    filename: "scan.png",
    title: "Delivery scan",
  });
  expect(uploaded.ok).toBe(true);
  const message = await newest("C0PAYMENTS");
  expect(message.files).toMatchObject([{ name: "scan.png", title: "Delivery scan", mimetype: "image/png", size: PNG.length }]);
  const response = await fetch(message.files[0].url_private);
  expect(response.headers.get("content-type")).toBe("image/png");
  expect(Buffer.from(await response.arrayBuffer()).equals(PNG)).toBe(true);
  expect((await fetch(message.files[0].url_private.replace(/\/[^/]+\/scan\.png$/, "/guessed/scan.png"))).status).toBe(404);
});

test("what only claims to be a picture is given out as bytes to keep, never as a page", async () => {
  const html = Buffer.from("<script>alert(1)</script>");
  await client.filesUploadV2({ channel_id: "C0PAYMENTS", file: html, filename: "scan.png" });
  const file = (await newest("C0PAYMENTS")).files[0];
  const response = await fetch(file.url_private);
  expect(response.headers.get("content-type")).toBe("application/octet-stream");
  expect(response.headers.get("content-disposition")).toMatch(/^attachment/);
  expect(response.headers.get("content-security-policy")).toContain("sandbox");
  expect(response.headers.get("x-content-type-options")).toBe("nosniff");
});

test("an upload is asked for, put there once in the length that was named, and shared once where the bot is", async () => {
  const ask = (filename: string, length: number, more: object = {}) =>
    client.files.getUploadURLExternal({ filename, length, ...more });
  expect(await refused(ask("a.txt", 0))).toBe("missing_argument");
  expect(await refused(ask("", 5))).toBe("missing_argument");
  expect(await refused(ask("a.txt", 2 ** 31))).toBe("file_upload_size_restricted");
  expect(await refused(ask("a.txt", 5, { alt_text: "x".repeat(1001) }))).toBe("alt_txt_too_large");
  expect(await refused(ask("a.txt", 2 * 1024 * 1024, { snippet_type: "text" }))).toBe("snippet_too_large");

  const { upload_url = "", file_id = "" } = await ask("a.txt", 5);
  const complete = (where: object) =>
    refused(client.files.completeUploadExternal({ files: [{ id: file_id }], ...where } as never));
  expect(await complete({ channel_id: "C0PAYMENTS" })).toBe("file_not_found");
  const put = (body: string, url = upload_url) => fetch(url, { method: "POST", body }).then((r) => r.status);
  expect(await put("too long")).toBe(400);
  expect(await put("hello", `${slack.url}/upload/v1/guessed`)).toBe(404);
  expect(await put("hello")).toBe(200);
  expect(await put("other")).toBe(409);

  expect(await complete({ channel_id: "C0NOPE" })).toBe("channel_not_found");
  expect(await complete({ channel_id: "U0PRIYA" })).toBe("channel_not_found");
  expect(await complete({ channel_id: "C0GENERAL" })).toBe("not_in_channel");
  expect(await complete({ channel_id: "C0PAYMENTS", thread_ts: "1.2" })).toBe("thread_not_found");
  expect(await complete({ channels: "C0PAYMENTS,C0CLOUD", thread_ts: "1.2" })).toBe("invalid_arguments");
  const before = slack.channel("C0PAYMENTS").length;
  expect(await complete({ channels: "C0PAYMENTS,C0CLOUD", initial_comment: "Both of you" })).toBe("ok");
  expect(slack.channel("C0CLOUD").at(-1)).toMatchObject({ text: "Both of you", files: [{ id: file_id }] });
  expect(slack.channel("C0PAYMENTS")).toHaveLength(before + 1);
  expect(await complete({ channel_id: "C0PAYMENTS" })).toBe("file_not_found");
});

test("a block shows a file only when it was uploaded", async () => {
  const post = (id: string) =>
    refused(
      client.chat.postMessage({
        channel: "C0PAYMENTS",
        text: "t",
        blocks: [{ type: "image", alt_text: "scan", slack_file: { id } }],
      }),
    );
  expect(await post("F0NOPE")).toBe("invalid_blocks");
  expect(await post((await newestFile()).id)).toBe("ok");
});
const newestFile = async () => {
  await client.filesUploadV2({ channel_id: "C0CLOUD", file: PNG, filename: "b.png" });
  return (await newest("C0CLOUD")).files[0] as { id: string };
};

test("words that nobody marked become links as Slack makes them, except verbatim ones and those that parse nothing", async () => {
  const said = "see https://a.example/x or mail ops@b.example, c.example and #cloud-approvals, #nowhere";
  const links = "<https://a.example/x> or mail <mailto:ops@b.example|ops@b.example>, <http://c.example|c.example>";
  const parsed = `see ${links} and <#C0CLOUD|cloud-approvals>, #nowhere`;
  const post = async (text: object, more: object = {}) => {
    await client.chat.postMessage({ channel: "C0PAYMENTS", text: said, blocks: [{ type: "section", text } as never], ...more });
    const message = slack.channel("C0PAYMENTS").at(-1);
    return [(message?.blocks[0]?.["text"] as { text: string } | undefined)?.text, message?.text];
  };
  expect(await post({ type: "mrkdwn", text: said })).toEqual([parsed, parsed]);
  expect(await post({ type: "mrkdwn", text: said, verbatim: true }, { parse: "none" })).toEqual([said, said]);
  expect(await post({ type: "plain_text", text: said }, { parse: "none" })).toEqual([said, said]);
  // What is marked already, and code, stays as it is.
  const marked = "<https://a.example|a.example> `b.example` 12.50 v1.2.3";
  expect((await post({ type: "mrkdwn", text: marked }))[0]).toBe(marked);
});

test("entities in plain and rich text are shown decoded, once, and an app is told plain text with entities", async () => {
  const text = "a &lt;b&gt; &amp;lt; c & d < e";
  await client.chat.postMessage({
    channel: "C0PAYMENTS",
    text: "t",
    blocks: [
      { type: "section", text: { type: "plain_text", text } },
      { type: "rich_text", elements: [{ type: "rich_text_section", elements: [{ type: "text", text: "&lt;" }] }] },
      { type: "section", text: { type: "mrkdwn", text: "&lt;", verbatim: true } },
    ],
  });
  const [plain, rich, mrkdwn] = (await newest("C0PAYMENTS")).blocks;
  expect(plain.text.text).toBe("a <b> &lt; c & d < e");
  expect(rich.elements[0].elements[0].text).toBe("<");
  // mrkdwn is decoded where it is parsed.
  expect(mrkdwn.text.text).toBe("&lt;");
  const told = (await client.conversations.history({ channel: "C0PAYMENTS", limit: 1 })).messages?.[0];
  expect(told?.blocks?.[0]).toMatchObject({ text: { text: "a &lt;b&gt; &amp;lt; c &amp; d &lt; e" } });
});

test("blocks.validate says what is wrong and where, and sends nothing", async () => {
  const before = slack.journal.length;
  const header = (text: string) => ({ type: "header", text: { type: "plain_text", text } });
  const check = (what: object) =>
    client.blocks.validate(what as never).then(
      () => "ok",
      (error) => [error.data.error, error.data.errors?.map((one: { pointer: string; code: string }) => [one.pointer, one.code])],
    );
  expect(await check({ blocks: [header("fine")] })).toBe("ok");
  expect(await check({ message: { blocks: [header("fine")] } })).toBe("ok");
  const long = header("x".repeat(151));
  expect(await check({ blocks: [header("fine"), long] })).toEqual(["invalid_blocks", [["/1", "failed_constraint"]]]);
  expect(await check({ message: { blocks: [long] } })).toEqual(["invalid_message", [["/blocks/0", "failed_constraint"]]]);
  const view = { type: "modal", title: { type: "plain_text", text: "x".repeat(25) }, blocks: [] } as unknown as ModalView;
  expect(await check({ view })).toEqual(["invalid_view", [["", "failed_constraint"]]]);
  expect(await check({})).toEqual(["invalid_arguments", undefined]);
  expect(await check({ blocks: [], view })).toEqual(["invalid_arguments", undefined]);
  expect(slack.journal).toHaveLength(before);
});
