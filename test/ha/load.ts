import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Card, clickOn } from "../support/black-box.ts";
import { QUEUES, type Replica } from "./replicas.ts";
import { type KeepingSlack, REVIEWER } from "./slack.ts";

/**
 * Agents and a reviewer who do not give up: each cycle submits, waits for the card, clicks Approve, hears of it, claims, is
 * refused a second claim, and reports; every call goes to the other replica when one says nothing.
 */
export type Step = "submitted" | "decided" | "granted" | "completed";
export type Seen = {
  /** When a submission was accepted. */
  acceptedAt: number[];
  /** What else was answered, such as `submit 503`. */
  answers: Map<string, number>;
  clicks: number;
  clickedAgain: number;
};
export type Load = {
  seen(): Seen;
  /** The farthest that was acknowledged, of each escalation. */
  acknowledged: Map<string, Step>;
  grantedTwice: string[];
  stuck: string[];
  cycles(): number;
  /** Begins no more cycles, and waits for those that are under way. */
  finish(): Promise<void>;
};

type Answer = { status: number | string; body: Record<string, unknown> };
const PAUSE_MS = 250;
const CALL_MS = 12_000;
const CYCLE_MS = 180_000;
const UNDER_WAY_MAX = 200;

export function startLoad(options: { replicas: readonly Replica[]; slack: KeepingSlack; key: string; perSecond: number }): Load {
  const { replicas, slack, key } = options;
  const seen: Seen = { acceptedAt: [], answers: new Map(), clicks: 0, clickedAgain: 0 };
  const load = { acknowledged: new Map<string, Step>(), grantedTwice: [] as string[], stuck: [] as string[] };
  let [begun, underWay, going] = [0, 0, true];
  const note = (what: string) => seen.answers.set(what, (seen.answers.get(what) ?? 0) + 1);

  const call = (replica: number, method: "GET" | "POST", where: string, body?: object, headers: object = {}): Promise<Answer> =>
    ask(`${replicas[replica % replicas.length]?.url}/v1${where}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  /** Asks the replicas in turn until one does it; what cannot be mended by asking again is thrown. */
  const insist = async (what: string, first: number, until: number, one: (replica: number) => Promise<Answer>) => {
    for (let n = first; ; n++) {
      const answer = await one(n);
      if (answer.status === 200 || answer.status === 201) return answer.body;
      note(`${what} ${answer.status}`);
      const mayPass = typeof answer.status === "string" || answer.status >= 500 || answer.status === 429;
      if (!mayPass) throw new Error(`${what}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}`);
      if (Date.now() > until) throw new Error(`${what} was in vain, at last ${answer.status}`);
      await sleep(PAUSE_MS);
    }
  };
  const cardOf = async (id: string, until: number): Promise<Card> => {
    for (; ; await sleep(50)) {
      const card = slack.card(id);
      if (card !== undefined) return card;
      if (Date.now() > until) throw new Error("no card came");
    }
  };
  const decide = async (id: string, n: number, until: number) => {
    const card = await cardOf(id, until);
    const click = clickOn(card, REVIEWER, `${slack.apiUrl}response`);
    for (let tries = 0; ; tries++) {
      seen.clicks++;
      if (tries > 0) seen.clickedAgain++;
      const clicked = await ask(`${replicas[(n + tries) % replicas.length]?.url}/slack/events`, click);
      if (clicked.status !== 200) note(`click ${clicked.status}`);
      const found = await insist("get", n + tries, until, (r) => call(r, "GET", `/escalations/${id}?wait=4`));
      if (found["state"] === "human_responded") return;
      if (Date.now() > until) throw new Error(`${found["state"]} after ${tries} clicks`);
    }
  };
  const cycle = async (n: number): Promise<void> => {
    const until = Date.now() + CYCLE_MS;
    const claim = randomUUID();
    const headers = { "idempotency-key": claim };
    let id = "";
    try {
      const opened = await insist("submit", n, until, (r) => call(r, "POST", "/escalations", request(n), headers));
      id = String(opened["id"]);
      seen.acceptedAt.push(Date.now());
      load.acknowledged.set(id, "submitted");
      await decide(id, n, until);
      load.acknowledged.set(id, "decided");
      const resume = `/escalations/${id}/resume`;
      const resumed = await insist("resume", n, until, (r) => call(r, "POST", resume, { claim_id: claim }));
      load.acknowledged.set(id, "granted");
      const other = await call(n + 1, "POST", resume, { claim_id: `not-${claim}` });
      if (other.status === 200) load.grantedTwice.push(id);
      const report = {
        status: "completed",
        execution_token: (resumed["execution"] as { token: string }).token,
        executed_action_digest: (resumed["decision"] as { action_digest: string }).action_digest,
      };
      await insist("outcome", n, until, (r) => call(r, "POST", `/escalations/${id}/outcome`, report));
      load.acknowledged.set(id, "completed");
    } catch (error) {
      load.stuck.push(`${id || "not submitted"}: ${(error as Error).message}`);
    }
  };
  const begin = async () => {
    for (; going; await sleep(1000 / options.perSecond)) {
      if (underWay >= UNDER_WAY_MAX) continue;
      underWay++;
      void cycle(begun++).finally(() => underWay--);
    }
  };
  void begin();
  return {
    ...load,
    seen: () => ({ ...seen, acceptedAt: [...seen.acceptedAt], answers: new Map(seen.answers) }),
    cycles: () => begun,
    async finish() {
      going = false;
      while (underWay > 0) await sleep(200);
    },
  };
}

const request = (n: number) => ({
  schema_version: "1",
  kind: "action",
  action: {
    type: `ha.act${n % QUEUES}`,
    title: "Restart checkout",
    params: { service: "checkout", run: n },
    target: "checkout-prod-2",
  },
  brief: { decision_required: "Restart it?", trigger: { kind: "policy" }, accomplished: ["Drained it"] },
  session_id: `run-${n}`,
  checkpoint: { step: n },
});

async function ask(url: string, init: RequestInit): Promise<Answer> {
  try {
    const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(CALL_MS) });
    const text = await answer.text();
    const isJson = answer.headers.get("content-type")?.includes("json") === true;
    return { status: answer.status, body: isJson ? JSON.parse(text) : { text } };
  } catch {
    return { status: "no answer", body: {} };
  }
}
