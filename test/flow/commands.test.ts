import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { percentsOf } from "../../src/slack/commands/stats.ts";
import { type Agent, type App, refundRequest, startApp } from "../support/app.ts";
import { storeCopies } from "../support/stored.ts";

/** What `/countersign …` answers, also to half a command: what is missing, what there is, and the way on. */
let app: App;
let refunds: Agent;
beforeAll(async () => {
  const config = path.join(mkdtempSync(path.join(os.tmpdir(), "countersign-commands-")), "countersign.yaml");
  const text = readFileSync("countersign.example.yaml", "utf8")
    .replace("U0ANNA:  { name: Anna,", 'U0ANNA:  { name: "Anna Schmidt",')
    .replace("U0BEN:   { name: Ben,", 'U0BEN:   { name: "Ben Schmidt",');
  expect(text).toContain("Ben Schmidt");
  writeFileSync(config, text);
  app = await startApp({ config });
  refunds = await app.agent("refund-agent");
});
afterAll(() => app?.close());

async function say(userId: string, words: string): Promise<string> {
  const answer = await app.as(userId).command("C0PAYMENTS", `/countersign ${words}`);
  // An empty or torn code span is what a person sees of a missing word.
  expect(answer).not.toMatch(/(?<!`)``(?!`)/);
  expect((answer.match(/`/g) ?? []).length % 2, answer).toBe(0);
  expect(answer.length, answer).toBeLessThan(4000);
  return answer;
}

describe("oncall override and clear say what is missing", () => {
  test.each([
    ["oncall override", /^Say who, and for how long\. Use `\/countersign oncall override/],
    ["oncall override @Ben", /^Say for how long <@U0BEN> is on call\. Use/],
    ["oncall override @Ben 999h cloud-primary", /^`999h` is too long: an override lasts at most 14d\./],
    ["oncall override @Ben 999999999d cloud-primary", /is too long/],
    ["oncall override @Ben 0m cloud-primary", /^`0m` is no time at all; the shortest is 1m\./],
    ["oncall override @Ben 4weeks", /^`4weeks` is no span of time\./],
    ["oncall override @Ben 4`h", /is no span of time\./],
    ["oncall override @Gus 4h", /^<@U0GUS> is not among the reviewers\./],
    ["oncall override @nobody 4h", /^`@nobody` is not among the reviewers\./],
    ["oncall override @schmidt 4h", /could be (<@U0\w+>( and )?){2}: pick the person/],
    ["oncall override @Ben 4h nowhere", /^There is no on-call source `nowhere`\. There are: cloud-primary, /],
    ["oncall clear", /^Say which: cloud-primary, .*Use `\/countersign oncall clear SOURCE`\.$/],
    ["oncall clear no`where", /^There is no on-call source `no.where`\./],
  ])("%s", async (words, expected) => {
    expect(await say("U0CHRIS", words)).toMatch(expected);
  });

  test("a name typed without Slack's help is understood where only one reviewer has it", async () => {
    for (const who of ["Anna Schmidt", "anna schmidt", "anna", "U0ANNA"])
      expect(await say("U0CHRIS", `oncall override ${who} 14d cloud-primary`)).toMatch(
        /^<@U0ANNA> is on call for `cloud-primary`/,
      );
    expect(await say("U0CHRIS", "oncall clear cloud-primary")).toContain("4 overrides");
  });
});

test("oncall shows the whole chain of each of four queues, and none as a bare name", async () => {
  const lines = (await say("U0CHRIS", "oncall")).split("\n");
  expect(lines.filter((line) => /^\*\w+\*$/.test(line))).toHaveLength(4);
  expect(lines).toContainEqual(expect.stringContaining("• support lead: <@U0TOM>"));
  expect(lines.filter((line, i) => /^\*\w+\*$/.test(line) && !lines[i + 1]?.startsWith("• "))).toEqual([]);
  expect(lines.length).toBeLessThanOrEqual(15);
});

test("stats says which spans there are", async () => {
  for (const span of ["1h", "0d", "1000d", "7"])
    expect(await say("U0PRIYA", `stats ${span}`)).toMatch(
      new RegExp(`^\`${span}\` is no span that stats knows: whole days, from 1d to 999d`),
    );
  expect(await say("U0PRIYA", "stats 1d payments")).toMatch(/^\*Last day\* in payments/);
  expect(await say("U0PRIYA", "stats payments")).toMatch(/^\*Last 7 days\* in payments/);
  expect(await say("U0PRIYA", "stats 7d cloud")).toContain("You don't review a queue named `cloud`. Yours: payments.");
});

test("what is no command is called so, and whom the alarms and the deliveries concern sees them", async () => {
  expect(await say("U0PRIYA", "stat")).toBe("There is no command `stat`. Did you mean `stats`? Try `/countersign help`.");
  expect(await say("U0PRIYA", "frobnicate")).toBe("There is no command `frobnicate`. Try `/countersign help`.");
  // The deliveries are of the whole house.
  expect(await say("U0PRIYA", "stats")).not.toContain("Deliveries");
  expect(await say("U0CHRIS", "stats")).toMatch(/Deliveries: \d+ to send/);
});

test("percentages are whole and add up to a hundred", () => {
  expect(percentsOf([1, 1, 1])).toEqual([34, 33, 33]);
  expect(percentsOf([7, 1, 2, 2])).toEqual([58, 8, 17, 17]);
  expect(percentsOf([0, 0])).toEqual([0, 0]);
  for (const counts of [
    [1, 2, 4],
    [3, 3, 3, 5],
    [1, 999],
    [13, 17, 19, 23],
  ])
    expect(percentsOf(counts).reduce((sum, one) => sum + one, 0)).toBe(100);
});

test("oncall marks who is on call and can't decide in that queue", async () => {
  expect(await say("U0CHRIS", "oncall override @Nik 1h cloud-primary")).toContain("is on call for");
  expect(await say("U0CHRIS", "oncall payments")).not.toContain("can't decide");
  expect(await say("U0CHRIS", "oncall cloud")).not.toContain("<@U0MARIA> can't");
  await say("U0CHRIS", "oncall override @Tom 1h cloud-primary");
  expect(await say("U0CHRIS", "oncall cloud")).toContain("⚠ <@U0TOM> can't decide this queue's action types, so is not paged");
  await say("U0CHRIS", "oncall clear cloud-primary");
});

describe("show", () => {
  const ask = async () => (await refunds.call("POST", "/v1/escalations", refundRequest(1250))).body.id as string;

  test("by the end of the id, as it stands on the card", async () => {
    const id = await ask();
    const end = id.slice(-4);
    for (const typed of [id, end, `esc_…${end}`, `esc_...${end}`, `…${end}`, id.slice(-9), `\`${id}\``]) {
      const shown = await say("U0PRIYA", `show ${typed}`);
      expect(shown, typed).toContain(`\`${id}\``);
      expect(shown).toContain("waiting for people · hard approval · queue payments");
    }
    expect(await say("U0ANNA", `show ${end}`)).toContain("no such escalation in your queues");
    expect(await say("U0GUS", `show ${end}`)).toContain("no such escalation in your queues");
    // The owner looks at what the agent asks, by the configuration alone, and is told that it is no more than that.
    for (const typed of [id, end]) {
      const shown = await say("U0OWEN", `show ${typed}`);
      expect(shown).toContain(`\`${id}\``);
      expect(shown).toContain("You see this because you own refund-agent. Others decide it.");
    }
    await refunds.call("POST", `/v1/escalations/${id}/cancel`, { reason: "no longer" });
    expect(await say("U0PRIYA", `show ${end}`)).toContain("ended: withdrawn · hard approval");
    expect(await say("U0PRIYA", "mine")).not.toContain(id);
  });

  test("without an id, with too little of it, and with none at all", async () => {
    expect(await say("U0PRIYA", "show")).toMatch(/^Which one\? Use `\/countersign show ID`/);
    expect(await say("U0PRIYA", "show abc")).toMatch(/^`abc` is too short to find one\./);
    expect(await say("U0PRIYA", "show esc_…")).toContain("is no id of an escalation");
    expect(await say("U0PRIYA", "show it's%")).toContain("is no id of an escalation");
    expect(await say("U0PRIYA", "show 0000")).toContain("no such escalation in your queues");
  });

  test("where several end alike, those that the asker may see are listed", async () => {
    const id = await ask();
    const end = id.slice(-4);
    const twin = `esc_0000000000000000${end}`;
    const ruling = (await app.running.engine.load(id))?.escalation.ruling;
    const copy = (queue: string, to: string) =>
      storeCopies(app.db, id, 1, {
        id: `'${to}'`,
        idempotency_key: "NULL",
        queue: `'${queue}'`,
        ruling: `'${JSON.stringify({ ...ruling, queue }).replaceAll("'", "''")}'::jsonb`,
      });
    await copy("cloud", `esc_1111111111111111${end}`);
    expect(await say("U0PRIYA", `show ${end}`)).toContain(`\`${id}\``);
    await copy("payments", twin);
    const listed = await say("U0PRIYA", `show ${end}`);
    expect(listed).toMatch(new RegExp(`^Several of yours end in \`${end}\``));
    expect(listed).toContain(id);
    expect(listed).toContain(twin);
    expect(listed).not.toContain("esc_1111");
    expect(await say("U0PRIYA", `show ${twin}`)).toContain("waiting for people");
    expect(await say("U0PRIYA", "mine")).toMatch(/^\*Waiting for you\*, nearest deadline first/);
  });
});

describe("policy", () => {
  test("tries an act that nobody has asked for, and stores nothing", async () => {
    const before = (await app.db.pool.query("SELECT count(*) FROM opened")).rows;
    const shown = await say(
      "U0PRIYA",
      "policy try payments.refund amount=1250 currency=USD order_id=A-1 confidence=0.9 environment=production",
    );
    expect(shown).toContain("*hard approval* – waits for an approval");
    expect(shown).toMatch(/It would ask for .* in the queue payments: .*<@U0PRIYA>/);
    expect(shown).toContain("First answer within 10 min · deadline after 30 min · silence: rejected by policy");
    expect((await app.db.pool.query("SELECT count(*) FROM opened")).rows).toEqual(before);
    expect(await say("U0PRIYA", "policy try cloud.delete_volume volume_id=v")).toContain("which you don't review");
    expect(await say("U0PRIYA", "policy try payments.refund 12")).toBe("`12` is no key=value.");
    expect(await say("U0PRIYA", "policy try Payments")).toMatch(/^`action.type`: /);
    expect(await say("U0PRIYA", "policy try")).toContain("key=value");
    expect(
      await say("U0NIK", "policy try cloud.stop_instance instance_id=i-1 target=web-dev-1 environment=dev confidence=1"),
    ).toContain("autonomous");
  });

  test("the rules of one's own queues: name, tier, types, condition", async () => {
    const shown = await say("U0PRIYA", "policy");
    expect(shown).toContain("• `payments.refund` low, compensable");
    expect(shown).toContain("• refunds over 500: *hard approval* · `payments.refund` · when `params.amount &gt; 500.0`");
    expect(shown).toContain(
      "• unsure about money: *hard approval* · `payments.refund` · when confidence is below 0.8, or not given",
    );
    // As much as fits into fifteen lines; the rest stands with its type.
    expect(shown).toMatch(/… and \d more: name an action type to see all of its rules/);
    expect(shown).not.toContain("bulk mail");
    expect(shown).not.toContain("cloud.delete_volume");
    // Who reviews everything sees as much as Slack takes, and how to see the rest.
    expect(await say("U0CHRIS", "policy")).toMatch(/bulk mail|… and \d+ more: name an action type/);
  });

  test("one type: impact, tiers, who is asked, times, silence, and the rules that can speak", async () => {
    const refund = await say("U0PRIYA", "policy payments.refund");
    expect(refund).toContain("queue payments");
    expect(refund).toContain("Impact: low · compensable (can be corrected afterwards)");
    expect(refund).toContain("Before the rules: autonomous (runs alone) in every environment");
    expect(refund).toContain("When it waits, it asks for: a payments reviewer");
    expect(refund).toContain("First answer within 10 min · deadline after 30 min · silence: rejected by policy");
    expect(refund).toContain(
      "• refunds over 5,000: *hard approval* · when `params.amount &gt; 5000.0` · asks for a payments reviewer and a compliance",
    );
    expect(refund).toContain("× (1 − confidence)");
    expect(refund).toContain("• restricted data: *hard approval* · when");
    expect(refund).not.toContain("bulk mail");
    const stop = await say("U0MARIA", "policy cloud.stop_instance");
    expect(stop).toContain(
      "sandbox, dev: autonomous (runs alone) · staging: notify (runs, and people are told) · production: hard approval",
    );
    expect(stop).toContain("silence: handed on to security, in the end rejected");
    expect(stop).toMatch(/staging after hours: .* · asks for an on-call engineer · silence: rejected/);
    expect(await say("U0SAM", "policy cloud.delete_volume")).toContain("asks for: security and a lead engineer");
  });

  test("a type of another queue is not shown; one that nobody knows is the strictest", async () => {
    expect(await say("U0PRIYA", "policy cloud.delete_volume")).toBe(
      "`cloud.delete_volume` is not asked in your queues (payments). Next: `/countersign policy`",
    );
    const unknown = await say("U0PRIYA", "policy payments.refnud");
    expect(unknown).toContain(
      "`payments.refnud` is not in the risk map, so it counts as the strictest there is: *hard stop* – stops;",
    );
    expect(unknown).toContain("Queue: security");
    expect(unknown).toContain("Known ones like it: `payments.refund`, `payments.store_credit`");
    expect(await say("U0PRIYA", "policy __proto__")).toContain("is not in the risk map");
  });
});
