import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Agent, type App, startApp } from "../support/app.ts";
import { person } from "../support/domain.ts";

/** A telephone that rings is stopped for whoever is not waited for any more, and for nobody else. */
let app: App;
let cloud: Agent;
type Call = { event_action: "trigger" | "resolve"; dedup_key: string; routing_key: string };
const calls: Call[] = [];
/** Called before the service answers, while the call is under way. */
let meanwhile: (call: Call) => Promise<void> = async () => {};
const service = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => {
    body += chunk;
  });
  request.on("end", async () => {
    const call = JSON.parse(body) as Call;
    calls.push(call);
    await meanwhile(call);
    response.writeHead(202).end("{}");
  });
});
beforeAll(async () => {
  await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
  const text = readFileSync("countersign.example.yaml", "utf8")
    .replace("security-on-call: { slack_user_group: S0SECURITY }", "security-on-call: { people: [U0SAM, U0LEE] }")
    .replace("U0SAM:   { name: Sam,", "U0SAM:   { name: Sam, pager: sam,")
    .replace("U0LEE:   { name: Lee,", "U0LEE:   { name: Lee, pager: lee,");
  const config = path.join(mkdtempSync(path.join(os.tmpdir(), "countersign-rings-")), "config.yaml");
  writeFileSync(config, text);
  const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}/enqueue`;
  app = await startApp({ config, log: "silent", env: { PAGER_URL: url, PAGER_KEY_SAM: "key-sam", PAGER_KEY_LEE: "key-lee" } });
  cloud = await app.agent("cloud-agent");
  // Slack takes no messages, so that every page goes to a pager.
  app.slack.faults.arm({ method: "chat.postMessage", kind: "error", error: "is_archived", times: 100_000 });
});
afterAll(async () => {
  await app?.close();
  service.close();
});

const about = (id: string, action: Call["event_action"]) =>
  calls
    .filter((call) => call.event_action === action && call.dedup_key.includes(id))
    .map((call) => call.routing_key)
    .sort();
async function ring(telephones = 2): Promise<string> {
  const request = {
    schema_version: "1",
    kind: "action",
    action: { type: "cloud.delete_volume", title: "t", params: { volume_id: "v" }, target: "vol-prod-1" },
    brief: { decision_required: "?", trigger: { kind: "policy" } },
  };
  const { body } = await cloud.call("POST", "/v1/escalations", request);
  await app.until("the telephones", async () => {
    await app.running.round();
    return about(body.id, "trigger").length >= telephones;
  });
  return body.id;
}
const act = (id: string, userId: string, type: "approve" | "claim") => {
  const seen = { version: 1, digest: null, complete: true };
  const command = type === "claim" ? { type, by: person(userId), seen } : { type, by: person(userId), seen, reason: null };
  return app.running.engine.handle(id, command, { kind: "person", lookUp: async (voter) => person(voter) });
};

test("the first of two answers stops its own telephone; the second stops the other", async () => {
  const id = await ring();
  await act(id, "U0SAM", "approve");
  await app.until("Sam's to stop", () => about(id, "resolve").length > 0);
  expect(about(id, "resolve")).toEqual(["key-sam"]);
  await act(id, "U0LEE", "approve");
  await app.until("Lee's to stop", () => about(id, "resolve").includes("key-lee"));
});

test("“I'm on it” stops them all", async () => {
  const id = await ring();
  await act(id, "U0SAM", "claim");
  await app.until("both to stop", () => new Set(about(id, "resolve")).size === 2);
});

test("an answer that comes while the telephone is being called stops it all the same", async () => {
  const answered: string[] = [];
  meanwhile = async ({ event_action: action, dedup_key: key }) => {
    const [, id = ""] = /countersign:(esc_\w+):/.exec(key) ?? [];
    if (action !== "trigger" || answered.includes(id)) return;
    answered.push(id);
    await act(id, "U0SAM", "claim");
  };
  const id = await ring(1);
  await app.until("every ring to be stopped after it began", () => {
    const mine = calls.filter((call) => call.dedup_key.includes(id));
    const keys = [...new Set(mine.map((call) => call.dedup_key))];
    return keys.every((key) => mine.findLast((call) => call.dedup_key === key)?.event_action === "resolve");
  });
});
