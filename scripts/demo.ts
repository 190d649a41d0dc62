import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import pino from "pino";
import { createLog } from "../src/app/log.ts";
import { startCountersign } from "../src/app/start.ts";
import { systemClock } from "../src/domain/base/clock.ts";
import { addAgent, rotateAgent } from "../src/engine/agents.ts";
import { verifyAll } from "../src/engine/reading/verify-audit.ts";
import { readSettings } from "../src/settings/settings.ts";

/** `npm run demo`: the whole road in the terminal, by signed Slack clicks against the real product. Exits 0 only if the agent resumed with the changed amount. */
const { values } = parseArgs({ options: { help: { type: "boolean", short: "h" } } });
if (values.help === true) {
  process.stdout.write(
    "npm run demo – an agent asks, a person changes the amount in Slack, the agent resumes with it. Needs nothing; leaves nothing.\n",
  );
  process.exit(0);
}

let step = 0;
const say = (text: string) => process.stdout.write(`${text}\n`);
const did = (text: string, detail = "") =>
  say(`${String(++step).padStart(2)}. ${text}${detail === "" ? "" : `\n      ${detail}`}`);
function insist(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`the demo went wrong: ${what}`);
}

async function until<T>(what: string, look: () => T | null | undefined): Promise<T> {
  for (let i = 0; i < 400; i++) {
    const value = look();
    if (value !== null && value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`the demo waited in vain for ${what}`);
}

async function run(dataDir: string): Promise<void> {
  const read = readSettings({
    PORT: "0",
    LOCAL_SLACK_PORT: "0",
    COUNTERSIGN_DATA_DIR: dataDir,
    COUNTERSIGN_CONFIG: path.resolve("countersign.example.yaml"),
  });
  insist(read.ok, "the settings");
  const log = createLog("error", pino.destination(2));
  const countersign = await startCountersign(read.settings, { log, clock: systemClock, say: () => {} });
  try {
    did("Countersign is up", "embedded Postgres, local Slack, HTTP API");
    await road(countersign);
  } finally {
    await countersign.stop();
  }
}

async function road({ httpUrl, localSlack, parts: { pool } }: Awaited<ReturnType<typeof startCountersign>>): Promise<void> {
  insist(localSlack !== null, "the local Slack");
  const added = await addAgent(pool, { name: "refund-agent", owner: null, environment: null, scopes: ["escalations"] });
  const issued = "refused" in added ? await rotateAgent(pool, "refund-agent") : added;
  insist("key" in issued, "the agent's key");
  const call = async (method: string, where: string, body?: unknown) => {
    const headers = { authorization: `Bearer ${issued.key}`, "content-type": "application/json" };
    const response = await fetch(`${httpUrl}/v1${where}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as Record<string, any>;
    insist(response.ok, `${method} ${where} answered ${response.status}: ${answer["detail"]}`);
    return answer;
  };

  const request = {
    schema_version: "1",
    kind: "action",
    action: {
      type: "payments.refund",
      title: "Refund USD 1,250.00 to customer 8841",
      params: { order_id: "A-4721", amount: 1250, currency: "USD" },
      params_schema: {
        properties: { amount: { type: "number", title: "Amount", minimum: 0.01, maximum: 1250 } },
        required: ["amount"],
      },
      target: "customer/8841",
    },
    brief: {
      decision_required: "Refund in full although the return window closed 3 days ago?",
      trigger: { kind: "policy" },
      accomplished: ["Verified the order"],
    },
    signals: { confidence: 0.62 },
    checkpoint: { step: "refund" },
  };
  const asked = await call("POST", "/escalations", request);
  did(
    `refund-agent asks to refund USD 1,250.00 – ${asked["tier"]}, ${asked["disposition"]}`,
    (asked["policy"].reasons as { detail: string }[]).map((r) => r.detail).join(" · "),
  );

  const card = await until("the card", () =>
    localSlack.channel("C0PAYMENTS").find((message) => JSON.stringify(message.blocks).includes(asked["id"])),
  );
  did("A card stands in #payments-approvals", card.text.slice(0, 110));
  const waiting = call("GET", `/escalations/${asked["id"]}?wait=30`);
  const priya = localSlack.as("U0PRIYA");
  await priya.click("C0PAYMENTS", "modify");
  await until("the form", () => priya.top());
  did("Priya clicks “Change amount…” and enters 1,200", "a signed block_actions and view_submission, as Slack sends them");
  const submitted = await priya.submit({ "param:amount": 1200 });
  insist(submitted.ok && !("errors" in submitted), `the form was refused: ${JSON.stringify(submitted)}`);

  const decided = await waiting;
  const [change] = decided["decision"].modification as { from: number; value: number }[];
  did(
    `The long poll returns: ${decided["decision"].type} by ${decided["decision"].votes[0].user_id}`,
    `amount ${change?.from} → ${change?.value}`,
  );
  const resumed = await call("POST", `/escalations/${asked["id"]}/resume`, { claim_id: "demo" });
  insist(resumed["decision"].action.params.amount === 1200, "the agent resumed with another amount");
  insist(resumed["checkpoint"].step === "refund", "the checkpoint did not come back");
  did("The agent resumes, once, with its checkpoint and the changed amount", `lease until ${resumed["execution"].expires_at}`);
  const outcome = {
    status: "completed",
    execution_token: resumed["execution"].token,
    executed_action_digest: resumed["decision"].action_digest,
  };
  const ended = await call("POST", `/escalations/${asked["id"]}/outcome`, outcome);
  insist(
    ended["state"] === "completed" && ended["ended_reason"] === "executed",
    `it ended as ${ended["state"]} ${ended["ended_reason"]}`,
  );
  did("It reports what it executed; the digest is the one that was approved", ended["action_digest"]);
  await until("the card's end", () => {
    const text = JSON.stringify(localSlack.channel("C0PAYMENTS").find((message) => message.ts === card.ts)?.blocks);
    return text.includes("did exactly this") && !text.includes('"approve"') ? text : null;
  });
  did("The card asks for nothing any more and tells how it ended");
  const verified = await verifyAll(pool);
  insist(verified.faults.length === 0 && verified.entries > 0, `the audit does not verify: ${JSON.stringify(verified.faults)}`);
  did(`The audit chain verifies: ${verified.entries} entries in ${verified.streams} streams`);
}

const dataDir = mkdtempSync(path.join(os.tmpdir(), "countersign-demo-"));
try {
  await run(dataDir);
  say("\nDone. Try it yourself: npm start");
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}
