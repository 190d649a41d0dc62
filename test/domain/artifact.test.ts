import { describe, expect, test } from "vitest";
import { ACTS, possibleActs } from "../../src/domain/acts/all.ts";
import { apiEscalation } from "../../src/domain/consequences/api-shape.ts";
import { judge } from "../../src/domain/policy/judge.ts";
import { digestOf } from "../../src/domain/shapes/canonical.ts";
import { EscalationRequest } from "../../src/domain/shapes/request.ts";
import { parseConfig } from "../../src/settings/config.ts";
import { approve, judged, later, NOW, noVelocity, opened, policy, run } from "../support/domain.ts";

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
