import { afterAll, beforeAll, expect, test } from "vitest";
import { type Agent, type App, refundRequest, restartRequest, startApp } from "../support/app.ts";
import { cardOf } from "../support/card.ts";
import { chunk, jpeg, media, png } from "../support/pictures.ts";

/** Pictures and files as evidence: from the agent's bytes into the thread of the card. */
let app: App;
let agent: Agent;
beforeAll(async () => {
  app = await startApp();
  agent = await app.agent("refund-agent");
});
afterAll(() => app?.close());

const brief = (evidence: object[]) => ({
  decision_required: "Refund in full?",
  trigger: { kind: "policy" },
  evidence,
});
type Shared = { name: string; title: string; mimetype: string; size: number; url_private: string };
const filesIn = (channel: string, thread: string | undefined) =>
  app.slack
    .channel(channel)
    .filter((one) => one.thread_ts === thread)
    .flatMap((one) => (one as { files?: Shared[] }).files ?? []);

test("a photo and a log stand in the thread of the card, as they were sent and without what the photo says beside its pixels", async () => {
  const evidence = [
    { title: "Photo of the <!channel> lamp", media: media("image/png", png({ more: [chunk("tEXt", Buffer.from("GPS"))] })) },
    { title: "Scan", media: media("image/jpeg", jpeg()) },
    { title: "Log", media: media("text/plain", Buffer.from("line 1\n\u202Eevil")) },
    { title: "Order", url: "https://shop.example/1" },
  ];
  const { status, body } = await agent.call("POST", "/v1/escalations", refundRequest(1250, { brief: brief(evidence) }));
  expect(status, JSON.stringify(body)).toBe(201);
  const card = await app.card(body.id);
  const files = await app.until(
    "the files",
    () => filesIn(card.channel, card.ts),
    (found) => found.length === 3,
  );
  expect(files.map(({ name, mimetype }) => [name, mimetype])).toEqual([
    [`${body.id}-1.png`, "image/png"],
    [`${body.id}-2.jpg`, "image/jpeg"],
    [`${body.id}-3.txt`, "application/octet-stream"],
  ]);
  const bytes = await Promise.all(
    files.map(async ({ url_private }) => Buffer.from(await (await fetch(url_private)).arrayBuffer())),
  );
  expect(bytes[0]).toEqual(png());
  expect(bytes[1]).toEqual(jpeg());
  expect(bytes[2]?.toString()).toBe("line 1\n\uFFFDevil");
  const seen = await cardOf(app, body.id);
  await seen.says("(picture in the thread)");
  const brief2 = await seen.open("U0PRIYA", "Full brief");
  expect(brief2.text()).toContain("Log (file in the thread)");
});

test("bytes lie sealed beside the request, and nothing that is read of the escalation carries them", async () => {
  const marked = png({ more: [] });
  const evidence = [{ title: "Photo", media: media("image/png", marked) }];
  const { body } = await agent.call("POST", "/v1/escalations", refundRequest(1250, { brief: brief(evidence) }));
  const row = await app.db.pool.query("SELECT content, media FROM opened WHERE id = $1", [body.id]);
  expect(row.rows[0].media).not.toBeNull();
  expect(row.rows[0].media.includes(marked)).toBe(false);
  const audit = JSON.stringify((await agent.call("GET", `/v1/escalations/${body.id}/audit`)).body);
  expect(audit).toContain("image/png");
  expect(audit).not.toContain(marked.toString("base64"));
});

test("with media a body may have 1 MiB, without it 512 KiB", async () => {
  const filler = "x".repeat(700 * 1024);
  const bodyOf = (evidence: object[]) => ({ ...refundRequest(1250, { brief: brief(evidence) }), filler });
  const large = await agent.call("POST", "/v1/escalations", bodyOf([]));
  expect(large).toMatchObject({ status: 413, body: { detail: expect.stringContaining("512 KiB") } });
  const withMedia = await agent.call("POST", "/v1/escalations", bodyOf([{ title: "P", media: media("image/png", png()) }]));
  expect(withMedia).toMatchObject({ status: 422, body: { errors: [{ pointer: "/filler" }] } });
  const huge = await agent.call("POST", "/v1/escalations", { ...bodyOf([{ title: "P", media: {} }]), more: filler });
  expect(huge.status).toBe(413);
});

test("hostile media is refused with the field and the reason", async () => {
  const svg = Buffer.from("<svg onload='alert(1)'/>");
  const ask = (one: object) =>
    agent.call("POST", "/v1/escalations", refundRequest(1250, { brief: brief([{ title: "P", media: one }]) }));
  expect(await ask(media("image/svg+xml", svg))).toMatchObject({
    status: 422,
    body: { errors: [{ pointer: "/brief/evidence/0/media/type", detail: expect.stringContaining("image/png") }] },
  });
  expect(await ask(media("image/png", svg))).toMatchObject({
    status: 422,
    body: { errors: [{ pointer: "/brief/evidence/0/media/data", detail: expect.stringContaining("PNG") }] },
  });
});

test("a picture of something confidential goes to those who are paged and not into the channel", async () => {
  const cloud = await app.agent("cloud-agent");
  const evidence = [{ title: "Graph", media: media("image/png", png()) }];
  const request = restartRequest({ classification: "confidential", brief: brief(evidence) });
  const { status, body } = await cloud.call("POST", "/v1/escalations", request);
  expect(status, JSON.stringify(body)).toBe(201);
  const card = await app.card(body.id);
  const inDms = await app.until(
    "the picture in a DM",
    () => [...app.slack.world.state.messages].filter(([, all]) => JSON.stringify(all).includes(`${body.id}-1.png`)),
    (found) => found.length > 0,
  );
  expect(inDms.every(([channel]) => channel.startsWith("D"))).toBe(true);
  expect(filesIn(card.channel, card.ts)).toEqual([]);
});

test("when Slack does not answer the sharing, the files stand there once in the end", async () => {
  app.slack.faults.arm({ method: "files.completeUploadExternal", kind: "drop_after_store" });
  const evidence = [{ title: "Photo", media: media("image/png", png()) }];
  const { body } = await agent.call("POST", "/v1/escalations", refundRequest(1250, { brief: brief(evidence) }));
  const card = await app.card(body.id);
  await app.until(
    "the sharing to be settled",
    async () => {
      const owed = "SELECT count(*)::int AS owed FROM outbox WHERE escalation_id = $1 AND kind = 'media'";
      return (await app.db.pool.query(owed, [body.id])).rows[0].owed;
    },
    (owed) => owed === 0,
  );
  expect(filesIn(card.channel, card.ts)).toHaveLength(1);
});

test("a bot without the scope for files still posts and draws its cards, and the files follow once it has it", async () => {
  app.slack.faults.arm({ method: "files.getUploadURLExternal", kind: "error", error: "missing_scope" });
  const evidence = [{ title: "Photo", media: media("image/png", png()) }];
  const { body } = await agent.call("POST", "/v1/escalations", refundRequest(1250, { brief: brief(evidence) }));
  const card = await cardOf(app, body.id);
  await card.click("U0PRIYA", "Approve refund");
  await card.says("Approved by");
  const { channel, ts } = await app.card(body.id);
  await app.until(
    "the file",
    () => filesIn(channel, ts),
    (found) => found.length === 1,
  );
});
