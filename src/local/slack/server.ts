import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "../../domain/base/clock.ts";
import type { AgentsDesk } from "../agents/desk.ts";
import { EVENT_RETRIES_MS, shareChannel } from "./events.ts";
import { createFaults, type Fault, type FaultControl } from "./faults.ts";
import type { Acted, Wire } from "./interactions.ts";
import type { Answer, Args, World } from "./methods/answers.ts";
import { METHODS, WRITES } from "./methods.ts";
import { isOwn } from "./own.ts";
import { handlePage } from "./page-api.ts";
import { createPerson, type Person } from "./person.ts";
import { createQuotas, type Quotas } from "./quotas.ts";
import { readBody } from "./read-body.ts";
import { createState, dmOf, type Message, type State, saveState, type View } from "./state.ts";
import type { TimeControl } from "./time-control.ts";

/**
 * A Slack to stand in on a laptop and in tests: strict about tokens, blocks, triggers and limits, faulty when asked to be, and
 * only on loopback.
 */
export type WriteRecord = { method: string; args: Args; answer: Answer };
export type LocalSlackOptions = {
  port: number;
  clock: Clock;
  /**
   * What a real Slack gives to the bot's owner. New at each start, unless named: a page in somebody's browser must not know them.
   */
  botToken?: string;
  signingSecret?: string;
  botUrl?: string;
  /** What the bot may do, as Slack names it beside every answer; nothing is refused for want of one. */
  scopes?: readonly string[];
  statePath?: string;
  desk?: AgentsDesk;
  readme?: string;
};
export type LocalSlack = {
  url: string;
  apiUrl: string;
  port: number;
  botToken: string;
  signingSecret: string;
  setBotUrl(url: string): void;
  setDesk(desk: AgentsDesk): void;
  setTime(time: TimeControl): void;
  journal: WriteRecord[];
  faults: FaultControl;
  quotas: Quotas;
  as(userId: string): Person;
  share(channel: string): Promise<Acted>;
  channel(id: string): Message[];
  dm(userId: string): Message[];
  home(userId: string): View | null;
  world: World;
  close(): Promise<void>;
};

type Live = { botUrl: string; desk: AgentsDesk | null; time: TimeControl | null; port: number };

/** Of the letters that tokens of Slack are made of. */
const newSecret = (): string => randomBytes(24).toString("hex");

export async function startLocalSlack(options: LocalSlackOptions): Promise<LocalSlack> {
  const { botToken = `xoxb-${newSecret()}`, signingSecret = newSecret() } = options;
  const state = createState(options.statePath ?? null);
  const listeners = new Set<() => void>();
  const saver = createSaver(state, options.statePath ?? null);
  const changed = () => {
    for (const listener of listeners) listener();
    saver.later();
  };
  const live: Live = { botUrl: options.botUrl ?? "", desk: options.desk ?? null, time: null, port: options.port };
  const shown = { now: () => new Date(options.clock.now().getTime() + (live.time?.shiftMs() ?? 0)) };
  const selfUrl = () => `http://127.0.0.1:${live.port}`;
  const world: World = { state, clock: options.clock, shown, changed, selfUrl };
  const faults = createFaults(changed);
  const quotas = createQuotas(options.clock);
  const journal: WriteRecord[] = [];
  const wire: Wire = {
    world,
    signingSecret,
    botUrl: () => live.botUrl,
    retryAfterMs: EVENT_RETRIES_MS,
  };
  const page = {
    wire,
    faults,
    quotas,
    listeners,
    desk: () => live.desk,
    time: () => live.time,
    readme: options.readme ?? null,
  };

  const api = createApi({ botToken, scopes: options.scopes ?? [], world, faults, quotas, journal });
  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!isOwn(request, live.port)) return send(response, FORBIDDEN, 403);
    const url = URL.parse(`http://local${request.url ?? "/"}`);
    if (url === null) return send(response, { ok: false, error: "not_found" }, 404);
    return url.pathname.startsWith("/api/") ? api(request, response, url) : handlePage(page, request, response, url);
  };
  const server = createServer((request, response) => {
    route(request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500, { "content-type": "application/json" });
      response.end(JSON.stringify({ ok: false, error: "internal_error", detail: String(error) }));
    });
  });

  live.port = await listen(server, options.port);
  const url = `http://127.0.0.1:${live.port}`;
  return {
    url,
    apiUrl: `${url}/api/`,
    port: live.port,
    botToken,
    signingSecret,
    setBotUrl: (botUrl) => {
      live.botUrl = botUrl;
    },
    setDesk: (desk) => {
      live.desk = desk;
      desk.onChange(changed);
    },
    setTime: (time) => {
      live.time = time;
      changed();
    },
    journal,
    faults,
    quotas,
    as: (userId) => createPerson(wire, userId),
    share: (channel) => shareChannel(wire, channel),
    channel: (id) => (state.messages.get(id) ?? []).filter((message) => message.ephemeralFor === undefined),
    dm: (userId) => state.messages.get(dmOf(state, userId)) ?? [],
    home: (userId) => state.homes.get(userId) ?? null,
    world,
    close: async () => {
      saver.now();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

type Api = {
  botToken: string;
  scopes: readonly string[];
  world: World;
  faults: FaultControl;
  quotas: Quotas;
  journal: WriteRecord[];
};

/** The Web API: the token is checked, limits and armed faults come first, then the method. */
function createApi({ botToken, scopes, world, faults, quotas, journal }: Api) {
  return async (request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> => {
    const method = url.pathname.slice("/api/".length);
    const args = readArgs(request.headers["content-type"] ?? "", await readBody(request));
    // Only in the header: a form of a foreign page can carry a body, but no header of its own.
    const token = (request.headers.authorization ?? "").replace(/^Bearer /, "");
    if (token === "") return send(response, { ok: false, error: "not_authed" });
    if (token !== botToken) return send(response, { ok: false, error: "invalid_auth" });
    if (scopes.length > 0) response.setHeader("x-oauth-scopes", scopes.join(","));
    const run = () => {
      const answer = METHODS[method]?.(world, args) ?? { ok: false, error: "unknown_method" };
      if (WRITES.has(method)) journal.push({ method, args, answer });
      return answer;
    };
    const channel = typeof args["channel"] === "string" ? args["channel"] : null;
    const fault = limitOf(quotas, method, channel) ?? faults.take(method, channel);
    if (fault === null) return send(response, run());
    await misbehave(fault, run, response);
  };
}

function limitOf(quotas: Quotas, method: string, channel: string | null): Fault | null {
  const retryAfterS = quotas.take(method, channel);
  return retryAfterS === null ? null : { method, kind: "rate_limited", retryAfterS, times: 1 };
}

/** Saves soon after a change, many changes at once. */
function createSaver(state: State, statePath: string | null): { later(): void; now(): void } {
  let timer: NodeJS.Timeout | null = null;
  const now = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (statePath !== null) saveState(state, statePath);
  };
  return {
    now,
    later() {
      if (statePath !== null && timer === null) timer = setTimeout(now, 300);
    },
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "EADDRINUSE" ? new Error(`port ${port} is in use: set LOCAL_SLACK_PORT to a free one`) : error);
    });
    server.listen(port, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

const FORBIDDEN = { ok: false, error: "forbidden", detail: "This answers only to itself on this machine." };

function send(response: ServerResponse, answer: Answer, status = 200): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8" }).end(JSON.stringify(answer));
}

/** Does what an armed fault says, storing first where that is the point of it. */
async function misbehave(fault: Fault, run: () => Answer, response: ServerResponse): Promise<void> {
  switch (fault.kind) {
    case "rate_limited":
      response
        .writeHead(429, { "retry-after": String(fault.retryAfterS ?? 1), "content-type": "application/json" })
        .end(JSON.stringify({ ok: false, error: "ratelimited" }));
      return;
    case "http_500":
      response.writeHead(500).end("upstream error");
      return;
    case "drop_before_store":
      response.destroy();
      return;
    case "drop_after_store":
      run();
      response.destroy();
      return;
    case "cut_body": {
      const body = JSON.stringify(run());
      response.writeHead(200, { "content-type": "application/json", "content-length": String(body.length) });
      response.write(body.slice(0, Math.floor(body.length / 2)));
      setTimeout(() => response.destroy(), 20);
      return;
    }
    case "hang":
      run();
      return;
    case "error":
      send(response, { ok: false, error: fault.error ?? "internal_error" });
      return;
    case "delay":
      await new Promise((resolve) => setTimeout(resolve, fault.delayMs ?? 1000));
      send(response, run());
  }
}

/** The SDK sends forms whose nested values are JSON strings. */
function readArgs(contentType: string, body: string): Args {
  if (contentType.startsWith("application/json")) return JSON.parse(body || "{}") as Args;
  const args: Args = Object.fromEntries(new URLSearchParams(body));
  for (const key of ["blocks", "metadata", "view", "attachments", "files", "message"]) {
    const value = args[key];
    if (typeof value === "string") args[key] = JSON.parse(value);
  }
  return args;
}
