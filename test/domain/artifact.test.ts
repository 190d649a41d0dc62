import { describe, expect, test } from "vitest";
import { ACTS, possibleActs } from "../../src/domain/acts/all.ts";
import { editableText } from "../../src/domain/base/inert.ts";
import { apiEscalation } from "../../src/domain/consequences/api-shape.ts";
import { editOf } from "../../src/domain/life/change.ts";
import { decide } from "../../src/domain/life/decide.ts";
import { judge } from "../../src/domain/policy/judge.ts";
import { digestOf } from "../../src/domain/shapes/canonical.ts";
import type { Command } from "../../src/domain/shapes/commands.ts";
import { EscalationRequest } from "../../src/domain/shapes/request.ts";
import { parseConfig } from "../../src/settings/config.ts";
import {
  approve,
  around,
  judged,
  later,
  NOW,
  noVelocity,
  opened,
  person,
  policy,
  requestFor,
  run,
  seen,
} from "../support/domain.ts";

/** A text that an agent wrote: people read it before it is used. */
const artifact = { media_type: "text/markdown", content: "# Dear Ms. Chen\n\nthe parcel is on its way." };
const request = (content = artifact.content, more: object = {}): EscalationRequest =>
  EscalationRequest.parse({
    schema_version: "1",
    kind: "artifact",
    artifact: { ...artifact, content },
    brief: { decision_required: "Send it?", trigger: { kind: "requested" } },
    ...more,
  });
const written = () => opened(request(), "email-agent");

test("a text waits for a person, and what is approved is the text word for word", () => {
  const e = written();
  expect(e).toMatchObject({ state: "paused_pending_human", actionDigest: digestOf(artifact) });
  expect(e.ruling.presentation.title).toBe("Text: Dear Ms. Chen");
  const decided = run(e, approve("U0TOM"), later(1));
  expect(apiEscalation(decided)).toMatchObject({
    disposition: "resume",
    decision: { type: "approve", action: null, content: artifact.content, action_digest: digestOf(artifact) },
  });
  const resume = { type: "resume", claimId: "c", preconditions: [] } as const;
  const resumed = run(decided, resume, later(2));
  expect(resumed.state).toBe("resuming");
  const report = (digest: string) =>
    run(
      resumed,
      {
        type: "report",
        executionToken: resumed.execution?.token ?? "",
        outcome: { status: "completed", executedActionDigest: digest, detail: null },
      },
      later(3),
    );
  expect(report(digestOf(artifact)).endedReason).toBe("executed");
  expect(report(digestOf({ ...artifact, content: "something else" })).endedReason).toBe("executed_differs");
});

test("a text is rejected, asked about and put off like an action, and never answered in a batch or changed by a form of parameters", () => {
  const acts = possibleActs(written());
  expect(acts).toEqual(expect.arrayContaining(["approve", "reject", "ask", "raise", "claim"]));
  for (const act of ["answer", "modify", "take_over"] as const) expect(ACTS[act].refuse(written())).not.toBeNull();
});

describe("editing a text", () => {
  const edited = (content: string, user = "U0TOM", version = 1): Command => ({
    type: "edit",
    by: person(user),
    seen: seen(version),
    content,
    reason: "No dates, please",
  });
  const other = "Dear Ms. Chen,\nwe will be in touch.";

  test("an edited text is approved by its author, and the agent may use it and no other", () => {
    const decided = run(written(), edited(other), later(1));
    expect(decided).toMatchObject({ state: "human_responded", version: 2, modifiedBy: "U0TOM", modification: [] });
    const digest = digestOf({ ...artifact, content: other });
    expect(apiEscalation(decided)).toMatchObject({
      action_digest: digest,
      decision: { type: "edit", content: other, action_digest: digest, reason: "No dates, please", votes: [{ verdict: "edit" }] },
    });
    expect(editOf(decided)).toEqual({ before: artifact.content, after: other });
  });

  test("where two have to agree, an edit is the first voice for another version, and the next approves that one", () => {
    const e = written();
    const seats = [{ label: "a reviewer", roles: [], users: [], levelMin: 1, count: 2 }];
    const two = { ...e, ruling: { ...e.ruling, requirement: { seats, requestedByRequired: false } } };
    const voted = run(run(two, approve("U0CHRIS"), later(1)), edited(other), later(2));
    expect(voted).toMatchObject({ state: "paused_pending_human", version: 2, votes: [{ userId: "U0TOM", verdict: "edit" }] });
    expect(decide(voted, approve("U0CHRIS"), around(later(3), voted))).toMatchObject({ refused: "stale_version" });
    expect(run(voted, approve("U0CHRIS", 2), later(3)).decision).toMatchObject({ type: "edit", content: other });
    const back = run(voted, edited(artifact.content, "U0CHRIS", 2), later(3));
    expect(run(back, approve("U0TOM", 3), later(4)).decision).toMatchObject({ type: "approve", content: artifact.content });
  });

  test("who edits what somebody else has edited meanwhile is refused, and so is nothing, too much and no change", () => {
    const e = written();
    const refused = (command: Command) => decide(e, command, around(later(1), e));
    expect(refused(edited("x", "U0TOM", 2))).toMatchObject({ refused: "stale_version" });
    for (const content of ["", " \n ", "\u0000", "x".repeat(12_001)])
      expect(refused(edited(content))).toMatchObject({ refused: "invalid_fields", fields: [{ field: "content" }] });
    for (const content of [artifact.content, ` ${artifact.content}\n`])
      expect(refused(edited(content))).toMatchObject({ refused: "nothing_changed", fields: [{ field: "content" }] });
    expect(refused({ ...edited("x"), seen: { ...seen(), complete: false } } as Command)).toMatchObject({
      refused: "cannot_show",
    });
    expect(refused(edited("x", "U0NIK"))).toMatchObject({ refused: "not_in_queue" });
  });

  test("what a form left out because nobody sees it is no change; a text with Windows line breaks keeps them", () => {
    const hidden = opened(request("pay\u200Bpal\u00A0now"), "email-agent");
    expect(decide(hidden, edited("paypal now"), around(later(1), hidden))).toMatchObject({ refused: "nothing_changed" });
    const windows = opened(request("a\r\nb"), "email-agent");
    expect(run(windows, edited("a\nc"), later(1)).decision?.content).toBe("a\r\nc");
    expect(editableText("👩‍💻 ❤️ a\u200Db\tc\u202E\u3000d\u2028e")).toBe("👩‍💻 ❤️ ab\tc d\ne");
  });

  test("only a text is edited", () => {
    expect(possibleActs(written())).toContain("edit");
    expect(possibleActs(opened(requestFor("cloud.delete_volume", { v: 1 })))).not.toContain("edit");
  });
});

describe("what the policy says about texts", () => {
  const yaml = (artifacts: string) =>
    parseConfig(
      `schema: 1
workspace: T0LOCAL
reviewers: { U0ANNA1: { name: Anna, level: 3 } }
queues: { mail: { channel: C0MAIL11 }, desk: { channel: C0DESK11 } }
policy: { defaults: { queue: desk }, artifacts: ${artifacts} }`,
    );
  const said = (artifacts: string, agent = "writing-agent") => {
    const config = yaml(artifacts);
    if (!config.ok) throw new Error(JSON.stringify(config.problems));
    const facts = { request: request(), agent: { name: agent, environment: null, owner: null }, now: NOW, velocity: noVelocity };
    return judge(config.config.policy, facts);
  };

  test("who wrote it says where it is read, and the file says how the buttons are called", () => {
    const artifacts = "{ queues: { writing-agent: mail }, buttons: { approve: Approve reply }, deadline: 30m, extend_max: 10m }";
    expect(said(artifacts)).toMatchObject({ queue: "mail", tier: "hard_approval", deadlineS: 1800, extendMaxS: 600 });
    expect(said(artifacts).presentation.buttons.approve).toBe("Approve reply");
    expect(said(artifacts, "another")).toMatchObject({ queue: "desk" });
  });

  test("texts may run at once where the file says so, and no tier is taken that makes no sense for a text", () => {
    expect(opened(request(), "writing-agent", NOW, said("{ tier: notify }")).state).toBe("running");
    for (const tier of ["hard_stop", "soft_review"]) expect(yaml(`{ tier: ${tier} }`).ok).toBe(false);
  });

  test("silence approves no text, whatever the file says", () => {
    expect(yaml("{ fallback: approve }").ok).toBe(false);
    expect(judged(request(), "writing-agent").fallback).toBe("reject");
    expect(policy.source.artifacts.tier).toBe("hard_approval");
  });
});

test("a text of 12,000 characters is taken, and one character more, a blank one or a strange media type are not", () => {
  expect(request("x".repeat(12_000)).kind).toBe("artifact");
  for (const fault of ["x".repeat(12_001), " \n\t "]) expect(() => request(fault)).toThrow(/artifact|content/);
  for (const media_type of ["", "text", "Text/Plain", "text/plain; charset=utf-8", "text/<b>"])
    expect(() => request("x", { artifact: { media_type, content: "x" } })).toThrow(/media_type/);
});

test("a title shows nothing hidden, and a text that begins with nothing to read has one as well", () => {
  const title = (content: string) => opened(request(content), "email-agent").ruling.presentation.title;
  expect(title("\n---\n> **Hello\u202E world\u200B**")).toBe("Text: Hello\uFFFD world\uFFFD**");
  expect(title("---")).toBe("Text: …");
  expect(title("x".repeat(12_000)).length).toBeLessThanOrEqual(150);
});
