import { Pool } from "undici";
import { type Card, clickOn } from "../../test/support/black-box.ts";
import { QUEUES, type RealProcess, reviewerOf } from "./real-process.ts";

/** What an agent and a reviewer do, over HTTP. */
export type Driver = {
  /** Submit, see the card, click Approve with a signed request, hear of it by long poll, resume. */
  cycle(queue?: number): Promise<Cycle>;
  /** The same, and what became of it: it is over. */
  finished(queue?: number): Promise<string>;
  /** An act that runs at once, and what became of it. */
  act(type: string): Promise<string>;
  submit(type: string): Promise<string>;
  close(): Promise<void>;
};
/** `clickMs`: until the agent that waits has heard of it. */
export type Cycle = { id: string; digest: string; token: string; ms: number; clickMs: number };

const brief = {
  decision_required: "Restart it although customers are online?",
  trigger: { kind: "policy" },
  accomplished: ["Drained the connections", "Checked the health of the other two"],
  evidence: [{ title: "Dashboard", url: "https://dashboards.example/checkout" }],
};
const action = (type: string) => ({
  type,
  title: "Restart checkout",
  params: { service: "checkout", reason: "memory above 95 %", drain_s: 30 },
  target: "checkout-prod-2",
});
export const request = (type: string) => ({
  schema_version: "1",
  kind: "action",
  action: action(type),
  brief,
  signals: { confidence: 0.9 },
  session_id: "run-77",
});

type Answer = { id: string; state: string; action_digest: string; detail?: string; execution: { token: string } };

export function createDriver({ url, slack, ...product }: RealProcess, together: number, key = product.key): Driver {
  const pool = new Pool(url, { connections: 2 * together + 2, pipelining: 1 });
  const call = async (method: "GET" | "POST", where: string, body?: object): Promise<Answer> => {
    const { statusCode, body: answer } = await pool.request({
      method,
      path: `/v1${where}`,
      headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const parsed = (await answer.json()) as Answer;
    if (statusCode >= 300) throw new Error(`${method} ${where}: ${statusCode} ${parsed.detail}`);
    return parsed;
  };
  const click = async (card: Card, userId: string) => {
    const request = clickOn(card, userId, "https://hooks.example/response");
    const { statusCode, body: answer } = await pool.request({ path: "/slack/events", ...request });
    await answer.dump();
    if (statusCode !== 200) throw new Error(`the click was answered ${statusCode}`);
  };
  const report = (id: string, token: string, digest: string) =>
    call("POST", `/escalations/${id}/outcome`, {
      status: "completed",
      execution_token: token,
      executed_action_digest: digest,
    });
  const submit = (type: string, more: object = {}) => call("POST", "/escalations", { ...request(type), ...more });
  let next = 0;
  const cycle = async (queue = next++ % QUEUES): Promise<Cycle> => {
    const started = performance.now();
    const { id, action_digest: digest } = await submit(`bench.act${queue}`);
    const decided = call("GET", `/escalations/${id}?wait=30`);
    const card = await slack.card(id);
    const clicked = performance.now();
    await click(card, reviewerOf(queue));
    const { state } = await decided;
    const clickMs = performance.now() - clicked;
    if (state !== "human_responded") throw new Error(`${id} is ${state} after the click`);
    const { execution } = await call("POST", `/escalations/${id}/resume`, { claim_id: "bench" });
    return { id, digest, token: execution.token, ms: performance.now() - started, clickMs };
  };
  return {
    cycle,
    async finished(queue) {
      const { id, token, digest } = await cycle(queue);
      await report(id, token, digest);
      return id;
    },
    async act(type) {
      const { id, execution, action_digest } = await submit(type, { claim_id: "bench" });
      await report(id, execution.token, action_digest);
      return id;
    },
    submit: async (type) => (await submit(type)).id,
    close: () => pool.close(),
  };
}
