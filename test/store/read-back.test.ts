import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decide } from "../../src/domain/life/decide.ts";
import type { Command } from "../../src/domain/shapes/commands.ts";
import type { Escalation } from "../../src/domain/shapes/escalation.ts";
import { isRefusal } from "../../src/domain/shapes/refusal.ts";
import { newEscalationId } from "../../src/engine/ids.ts";
import { loadEscalations } from "../../src/store/read-escalations.ts";
import { writeEscalations } from "../../src/store/write-escalation.ts";
import { build, request, words } from "../support/any-brief.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { apply, approve, around, NOW, opened, person, requestFor, seen } from "../support/domain.ts";
import { runs } from "../support/properties.ts";
import { writeOf } from "../support/stored.ts";

/** What a process remembers of what it wrote is what anybody would read: nothing is rounded, reordered or left out on the way. */
let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
  await db.owner.query(
    "INSERT INTO agent (id, name, owner, scopes, callback_secrets) VALUES ('agt_1', 'a', 'U0OWEN', '{}', '{s}')",
  );
});
afterAll(() => db?.close());

const by = { by: person("U0NIK"), seen: seen() };
const COMMANDS: Record<string, (e: Escalation, text: string) => Command> = {
  approve: (e) => approve("U0NIK", e.version),
  reject: (_, reason) => ({ type: "reject", ...by, reasonCode: "too_risky", reason }),
  modify: (_, reason) => ({ type: "modify", ...by, params: { port: 443 }, reason }),
  ask: (_, text) => ({ type: "ask", ...by, text, submission: "V1" }),
  extend: (_, reason) => ({ type: "extend", ...by, seconds: 600, reason }),
  raise: (_, reason) => ({ type: "raise", ...by, reason }),
  claim: () => ({ type: "claim", ...by }),
  take_over: () => ({ type: "take_over", ...by }),
  tell: (_, text) => ({ type: "tell", text }),
  resume: () => ({ type: "resume", claimId: "c", preconditions: [] }),
  report: (e, detail) => {
    const outcome = {
      status: "completed" as const,
      executedActionDigest: e.actionDigest,
      detail,
      result: { text: [detail, 0.1] },
    };
    return { type: "report", executionToken: e.execution?.token ?? "none", outcome };
  },
  cancel: (_, reason) => ({ type: "cancel", reason }),
  tick: () => ({ type: "tick" }),
};

async function writeAndRead(before: Escalation | null, after: Escalation): Promise<void> {
  expect(await writeEscalations(db.pool, [writeOf(before, after)])).toEqual(new Set([after.id]));
  const read = (await loadEscalations(db.pool, [after.id])).get(after.id)?.escalation;
  expect(read).toEqual(after);
}

const stored = (e: Escalation): Escalation => ({
  ...e,
  id: newEscalationId(NOW, ""),
  agentName: "a",
  auditSeq: 1,
  auditHash: "ab".repeat(32),
});

test("any escalation is read back as it was written, whatever its agent sends", async () => {
  await fc.assert(
    fc.asyncProperty(request, async (asked) => {
      // As JSON has it: there is no -0.
      const built = build(JSON.parse(JSON.stringify(asked)));
      if (built !== null) await writeAndRead(null, stored(built));
    }),
    runs(40),
  );
});

test("an escalation is read back as it was written after whatever happens to it", async () => {
  const schema = { params_schema: { properties: { port: { type: "integer", minimum: 1, maximum: 65535 } }, required: ["port"] } };
  const asked = requestFor("cloud.modify_security_group", { port: 22 }, { action: { target: "sg-prod-1", ...schema } });
  const step = fc.record({
    act: fc.constantFrom(...Object.keys(COMMANDS)),
    text: words(200),
    minutes: fc.integer({ min: 0, max: 40 }),
  });
  let moved = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
      let current = stored(opened(asked));
      await writeAndRead(null, current);
      let now = NOW;
      for (const { act, text, minutes } of steps) {
        now = new Date(now.getTime() + minutes * 60_000);
        const events = decide(current, (COMMANDS[act] as (typeof COMMANDS)[string])(current, text), around(now, current));
        if (isRefusal(events) || events.length === 0) continue;
        const after = { ...apply(current, events, now), revision: current.revision + 1, updatedAt: now };
        await writeAndRead(current, after);
        current = after;
        moved++;
      }
    }),
    runs(40),
  );
  expect(moved).toBeGreaterThan(20);
});
