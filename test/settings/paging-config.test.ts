import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../src/settings/config.ts";
import { opened, requestFor } from "../support/domain.ts";

/** What a bad edit of on-call and paging is told: the line, the column, and what to mend. */
const text = readFileSync("countersign.example.yaml", "utf8");
function problemsOf(from: string | RegExp, to: string) {
  const edited = text.replace(from, to);
  expect(edited).not.toBe(text);
  const result = parseConfig(edited);
  return result.ok ? [] : result.problems.map((one) => ({ ...one, at: edited.split("\n")[one.line - 1] ?? "" }));
}

test("the example is good", () => {
  expect(parseConfig(text)).toMatchObject({ ok: true });
});

describe("a bad edit is named with its place and its mend", () => {
  test.each([
    ["people: [U0ANNA, U0BEN], every: week", "people: [U0NOBODY, U0BEN], every: week", "U0NOBODY is not among the reviewers"],
    ["time_zone: Asia/Tokyo, starts", "time_zone: Asia/Atlantis, starts", '"Asia/Atlantis" is not a time zone'],
    ["{ who: cloud-primary,", "{ who: cloud-primry,", 'there is no "cloud-primry" under on_call'],
    ["    cloud:\n      chain:", "    clowd:\n      chain:", 'there is no queue "clowd"'],
    ["remind: 10m, wait: 20m }", "remind: 10m, wait: 2h }", "shorten the waits"],
    ["{ roles: [head_of_operations] }", "{ roles: [head_of_nothing] }", 'no reviewer has the role "head_of_nothing"'],
    ['hand_over: "09:00"', 'hand_over: "9 o\'clock"', "use a time such as 09:00"],
    ["starts: 2026-01-05 }", "starts: 2026-02-30 }", "use a date such as 2026-01-05"],
    ["every: week, hand_over", "every: month, hand_over", "use day, week or { days: 14 }"],
    ["{ slack_user_group: S0SECURITY }", "{ slack_user_group: security }", "use a Slack user group id"],
    ["via: [dm, email, pager]", "via: [dm, sms]", "use dm, email or pager"],
    ["via: [dm, email, pager]", "via: [dm, dm]", "each way is used once"],
    ["via: [dm, email, pager]", "via: []", "name at least one way"],
    ["batch_every: 30m            #", "batch_every: 5s            #", "at most once a minute"],
  ])("%s → %s", (from, to, said) => {
    const problems = problemsOf(from, to);
    const found = problems.find((problem) => problem.message.includes(said));
    expect(found, JSON.stringify(problems)).toBeDefined();
    expect(found?.line).toBeGreaterThan(1);
  });
});

test("a chain is part of the policy's version, who is on call is not", () => {
  const version = (edited: string) => {
    const result = parseConfig(edited);
    if (!result.ok) throw new Error(JSON.stringify(result.problems));
    return result.config.policy.version;
  };
  const before = version(text);
  expect(version(text.replace("remind: 10m, wait: 20m }", "remind: 10m, wait: 21m }"))).not.toBe(before);
  expect(version(text.replace("people: [U0ANNA, U0BEN], every: week", "people: [U0ANNA], every: week"))).toBe(before);
});

test("a step is reached by direct message unless it says otherwise, and the ways are pinned with the chain", () => {
  const ways = opened(requestFor("cloud.restart_service", { service: "s" }, { action: { target: "i-prod-1" } })).ruling.paging
    ?.chain;
  expect(ways?.map(({ via }) => via)).toEqual([["dm"], ["dm"], ["dm", "email", "pager"]]);
});

test("what is taken in is limited without a word in the file, and an edit of the limits makes no new policy", () => {
  const read = (edited: string) => {
    const result = parseConfig(edited);
    if (!result.ok) throw new Error(JSON.stringify(result.problems));
    return result.config;
  };
  expect(read(text).directory.limits).toEqual({
    agent: { submitsPerMinute: 600, burst: 200, open: 2000, messagesPerMinute: 60 },
    queue: { open: 1000 },
  });
  const stricter = read(text.replace("\npolicy:\n", "\nlimits: { agent: { burst: 5 } }\npolicy:\n"));
  expect(stricter.directory.limits.agent).toEqual({ submitsPerMinute: 600, burst: 5, open: 2000, messagesPerMinute: 60 });
  expect(stricter.policy.version).toBe(read(text).policy.version);
  expect(problemsOf("\npolicy:\n", "\nlimits: { queue: { open: 0 } }\npolicy:\n")[0]?.message).toContain("whole number from 1");
});
