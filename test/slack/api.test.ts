import { beforeEach, expect, test } from "vitest";
import { createSlackApi, faultOf } from "../../src/slack/api/client.ts";
import { answerFromNock } from "../support/nock.ts";

/** What Slack's own answers mean for whoever has to decide what to do next. */
const api = createSlackApi({ botToken: "xoxb-1", apiUrl: "https://slack.example/api/" });
const nock = answerFromNock();
beforeEach(() => nock.disableNetConnect());
const post = () => api.outbox.chat.postMessage({ channel: "C1", text: "x" }).then(() => "sent" as const, faultOf);
const slack = () => nock("https://slack.example").post("/api/chat.postMessage");

test("a limit carries its time, a refusal its code, and a broken answer says that nobody knows", async () => {
  slack().reply(429, "", { "retry-after": "42" });
  expect(await post()).toEqual({ kind: "limited", retryAfterS: 42 });
  slack().reply(200, { ok: false, error: "channel_not_found" });
  expect(await post()).toEqual({ kind: "refused", code: "channel_not_found" });
  slack().reply(200, { ok: false, error: "fatal_error" });
  expect(await post()).toMatchObject({ kind: "ambiguous" });
  slack().reply(503, "upstream");
  expect(await post()).toMatchObject({ kind: "ambiguous" });
  slack().reply(200, '{"ok":tr');
  expect(await post()).toMatchObject({ kind: "ambiguous" });
  slack().replyWithError("socket hang up");
  expect(await post()).toMatchObject({ kind: "ambiguous" });
  slack().reply(200, { ok: true, ts: "1.2", channel: "C1" });
  expect(await post()).toBe("sent");
});

test("nothing is ever retried by the client itself", async () => {
  const once = slack().reply(503, "upstream");
  await post();
  expect(once.isDone()).toBe(true);
  expect(nock.pendingMocks()).toEqual([]);
});
