import { afterAll, beforeAll, expect, test } from "vitest";
import { LIMITS } from "../../src/domain/base/limits.ts";
import { compilePolicy, policySourceText } from "../../src/domain/policy/compile.ts";
import { openPolicyBook } from "../../src/engine/commands/policy-book.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { policy } from "../support/domain.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db?.close());

test("a policy that is edited for ever is kept compiled so many times and no more; an earlier one is read back when it is needed", async () => {
  let read = 0;
  const query = (statement: { text: string }) => {
    if (statement.text.startsWith("SELECT source FROM policy_version")) read += 1;
    return db.pool.query(statement);
  };
  const text = JSON.parse(policySourceText(policy));
  const [first, ...rest] = text.raw.rules;
  const edited = (n: number) =>
    compilePolicy({ ...text, raw: { ...text.raw, rules: [{ ...first, name: `edit ${n}` }, ...rest] } });
  const book = await openPolicyBook({ query } as unknown as typeof db.pool, policy);
  const edits = Array.from({ length: LIMITS.compiledPolicies.value }, (_, n) => edited(n));
  for (const one of edits) await book.keep(one);
  expect((await book.byVersion(edits.at(-1)?.version ?? ""))?.version).toBe(edits.at(-1)?.version);
  expect(read).toBe(0);
  // The first of them all has made room.
  expect((await book.byVersion(policy.version))?.version).toBe(policy.version);
  expect(read).toBe(1);
});
