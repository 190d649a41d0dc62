import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { canonicalAction, digestOf } from "../../src/domain/shapes/canonical.ts";
import { DISPOSITIONS } from "../../src/domain/shapes/vocabulary.ts";
import { STATUSES } from "../../src/http/problem.ts";
import { signCallback } from "../../src/outbound/callback/sign.ts";
import { type Agent, type App, startApp } from "../support/app.ts";

/** docs/agents.md as a developer uses it: what can be pasted from it is run here, against the whole product. */
const page = readFileSync("docs/agents.md", "utf8");
const block = (name: string) => {
  const [, text] = new RegExp(`^\`\`\`${name}\\n([\\s\\S]*?)^\`\`\`$`, "m").exec(page) ?? [];
  if (text === undefined) throw new Error(`docs/agents.md has no block “${name}”`);
  return text;
};
const has = (command: string) => {
  try {
    execFileSync(command, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};
const [curl, python] = [has("curl"), has("python3")];
const folder = mkdtempSync(path.join(os.tmpdir(), "countersign-page-"));

let app: App;
let mine: Agent;
beforeAll(async () => {
  app = await startApp();
  mine = await app.agent("page-agent");
});
afterAll(() => app?.close());

const run = async (command: string, args: string[]) => {
  const more = { COUNTERSIGN_URL: app.running.httpUrl, COUNTERSIGN_KEY: mine.key, URL: app.running.httpUrl, KEY: mine.key };
  const { stdout } = await promisify(execFile)(command, args, { env: { ...process.env, ...more }, timeout: 60_000 });
  return stdout;
};
const file = (name: string, text: string) => {
  const where = path.join(folder, name);
  writeFileSync(where, text);
  return where;
};

/** The card of what was asked with this key, once it is there. */
async function cardOf(key: string): Promise<string> {
  const where = `/v1/escalations?idempotency_key=${encodeURIComponent(key)}`;
  const [found] = await app.until(
    key,
    async () => (await mine.call("GET", where)).body.items,
    (items) => items.length > 0,
  );
  return (await app.card(found.id)).ts;
}
async function changeAmount(key: string): Promise<void> {
  const priya = app.as("U0PRIYA");
  await priya.click("C0PAYMENTS", "modify", await cardOf(key));
  await app.until("the form", () => priya.top());
  expect(await priya.submit({ "param:amount": 700 })).toMatchObject({ ok: true, view: null });
}

test.skipIf(!curl)(
  `the commands for curl lead from nothing to a finished escalation${curl ? "" : " (skipped: no curl here)"}`,
  async () => {
    const walk = run("sh", ["-euc", ["ask", "wait", "resume", "outcome"].map((name) => block(`sh ${name}`)).join("\n")]);
    await app.as("U0PRIYA").click("C0PAYMENTS", "approve", await cardOf("run-1/refund"));
    const answers = (await walk).trim().split("\n");
    expect(JSON.parse(answers.at(-1)?.replace(/^.*\}\{/, "{") ?? "")).toMatchObject({
      state: "completed",
      ended_reason: "executed",
    });
  },
);

test.skipIf(!python)(
  `the Python program runs what was decided, and reports it${python ? "" : " (skipped: no python3 here)"}`,
  async () => {
    const program = file("agent.py", block("python agent") + block("python use"));
    const ran = run("python3", [program]);
    await changeAmount("python/run-1/refund");
    expect(await ran).toBe("completed executed {'refunded': 700}\n");
    // Started once more it finds its escalation, and runs nothing.
    expect(await run("python3", [program])).toBe("completed executed {'refunded': 700}\n");
  },
);

test("the TypeScript program runs what was decided, and reports it", async () => {
  const program = file("agent.ts", block("ts agent") + block("ts use"));
  const ran = run(process.execPath, [program]);
  await changeAmount("typescript/run-1/refund");
  expect(await ran).toBe('completed executed {"refunded":700}\n');
  expect(await run(process.execPath, [program])).toBe('completed executed {"refunded":700}\n');
});

test("the digests of the page are the product's, and both programs make the same", async () => {
  const vectors: [Record<string, unknown>, string][] = JSON.parse(block("json vectors"));
  for (const [action, digest] of vectors) expect(digestOf(canonicalAction(action as never))).toBe(digest);
  const given = file("vectors.json", block("json vectors"));
  const ts = `${block("ts agent")}\nfor (const [action] of JSON.parse(await readFile(${JSON.stringify(given)}, "utf8"))) console.log(digest(action));`;
  const wanted = `${vectors.map(([, digest]) => digest).join("\n")}\n`;
  expect(await run(process.execPath, [file("digest.ts", ts)])).toBe(wanted);
  if (!python) return;
  const py = `${block("python agent")}\nfor action, _ in json.load(open(${JSON.stringify(given)}, encoding="utf-8")): print(digest(action))`;
  expect(await run("python3", [file("digest.py", py)])).toBe(wanted);
});

test.skipIf(!python)(
  `the page's check of a callback takes what was signed, and nothing else${python ? "" : " (skipped: no python3 here)"}`,
  async () => {
    const secret = `whsec_${Buffer.from("a secret of ours").toString("base64")}`;
    const atS = Math.floor((performance.timeOrigin + performance.now()) / 1000);
    const tries = [atS, atS - 3600].flatMap((at) =>
      ["{}", "{ }"].map((body) => ({
        body,
        headers: {
          "webhook-id": "dlv_1",
          "webhook-timestamp": String(at),
          "webhook-signature": signCallback(["whsec_b2xk", secret], "dlv_1", at, "{}"),
        },
      })),
    );
    const py = `${block("python verify")}\nimport json, sys\nfor one in json.load(open(sys.argv[1])): print(verify(sys.argv[2], one["headers"], one["body"].encode()))`;
    const given = file("tries.json", JSON.stringify(tries));
    expect(await run("python3", [file("verify.py", py), given, secret])).toBe("True\nFalse\nFalse\nFalse\n");
  },
);

test("the page names every disposition and every problem that an agent can meet", () => {
  for (const one of [...DISPOSITIONS, ...Object.keys(STATUSES)]) expect(page).toContain(`\`${one}\``);
});
