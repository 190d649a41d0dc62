import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { Clock } from "../domain/base/clock.ts";
import { LIMITS } from "../domain/base/limits.ts";
import { createAuthentication, createKeyCheck } from "../engine/agents.ts";
import { callbackSender } from "../engine/delivery/callbacks.ts";
import type { Sender, Senders } from "../engine/delivery/deliver.ts";
import { type Deliverer, startDelivering } from "../engine/delivery/deliverer.ts";
import { followUpSender } from "../engine/delivery/follow-up.ts";
import { createEngine, type Engine } from "../engine/engine.ts";
import { startLoop } from "../engine/loops/loop.ts";
import { answerInTime } from "../engine/loops/patience.ts";
import { createRosterBook } from "../engine/on-call/roster.ts";
import type { EngineParts } from "../engine/parts.ts";
import { createOpenHomes } from "../engine/reading/open-homes.ts";
import { createSessionBook } from "../engine/sessions/book.ts";
import { createMetrics, type Metrics } from "../engine/watching/metrics.ts";
import { replicationNotes } from "../engine/watching/replication.ts";
import { rightsNotes } from "../engine/watching/rights.ts";
import { createHttpServer } from "../http/server.ts";
import { mountSlack } from "../http/slack-route.ts";
import { stopHttp } from "../http/stop.ts";
import type { LocalSlack } from "../local/slack/server.ts";
import { createCallbackPoster } from "../outbound/callback/post.ts";
import type { Settings } from "../settings/settings.ts";
import { settingWarnings } from "../settings/warnings.ts";
import type { SlackEdge } from "../slack/listening/listeners.ts";
import { alarmLine, threadLine } from "../slack/telling/thread.ts";
import { requesterLine } from "../slack/telling/to-requester.ts";
import { announce } from "./announce.ts";
import { type Configuration, openConfiguration } from "./config.ts";
import { databaseFaults, openStore } from "./database.ts";
import { openOutside, openTrace } from "./outbound.ts";
import { buildSlack, openLocalSlack } from "./slack.ts";
import { startSweeps } from "./sweeps.ts";
import { openTimeControl } from "./time.ts";
import { createWorkspace } from "./workspace.ts";

/**
 * The composition root: the only file that knows everybody. Builds the parts, starts them, and stops them in the reverse order.
 */
export type Running = {
  httpUrl: string;
  slackUrl: string | null;
  engine: Engine;
  /** What the engine is built from. */
  parts: EngineParts;
  localSlack: LocalSlack | null;
  config: Configuration;
  /** One round of everything that happens because time passes. */
  round(): Promise<void>;
  stop(): Promise<void>;
};
export type Around = { log: Logger; clock: Clock; say: (line: string) => void };

const POLL_EVERY_MS = 200;
const RELOAD_EVERY_MS = 2000;

/** Stops in the reverse order of starting; used when a later part fails to start as well. */
function createStack() {
  const stops: (() => Promise<unknown>)[] = [];
  return {
    push: (stop: () => Promise<unknown>) => stops.push(stop),
    /**
     * To the end, also past a stop that fails: what it leaves running would keep the process alive, or its locks. The first
     * failure is thrown at last.
     */
    async unwind() {
      const failures: unknown[] = [];
      for (const stop of stops.splice(0).reverse()) await stop().catch((error: unknown) => failures.push(error));
      if (failures.length > 0) throw failures[0];
    },
  };
}

export async function startCountersign(settings: Settings, around: Around): Promise<Running> {
  const stack = createStack();
  try {
    return await start(settings, around, stack);
  } catch (error) {
    await stack
      .unwind()
      .catch((second: unknown) => around.log.error({ err: second }, "what had started could not all be stopped"));
    throw error;
  }
}

/** What the engine is built from, and what lies below it. */
export async function openParts(given: Settings, around: Around, onStop: (stop: () => Promise<unknown>) => unknown) {
  const { pool, reads, ownerUrl } = await openStore(given, around, onStop);
  // Nothing that runs from here on knows the owner of the database.
  const settings: Settings = Object.freeze({ ...given, migrationUrl: null });
  const local = settings.slack.mode === "local" ? await openLocalSlack(settings, settings.slack.port, around.clock) : null;
  if (local !== null) onStop(() => local.close());
  const config = await openConfiguration(settings, pool, around);
  const workspace = createWorkspace();
  const directory = () => workspace.completed(config.current().directory);
  const trace = await openTrace(settings.otlpUrl, onStop);
  const books = {
    policies: config.policies,
    configuration: config,
    roster: createRosterBook(pool),
    homes: createOpenHomes(pool),
    sessions: createSessionBook(pool),
  };
  const parts: EngineParts = {
    pool,
    reads,
    log: around.log,
    cell: settings.cell,
    directory,
    ...books,
    words: { threadLine, alarmLine, requesterLine },
    routes: routesSetUp(settings),
    trace,
  };
  return { parts, settings, config, local, ownerUrl, workspace };
}

async function start(given: Settings, around: Around, stack: ReturnType<typeof createStack>): Promise<Running> {
  const { log } = around;
  for (const line of settingWarnings(given)) around.say(line);
  const { parts: opened, settings, config, local, ownerUrl, workspace } = await openParts(given, around, stack.push);
  const delivers: Pick<Deliverer, "tell">[] = [];
  const { engine, parts } = createEngine(opened, (owed) => {
    for (const deliverer of delivers) deliverer.tell(owed);
  });
  const slack = buildSlack(settings, local, engine, parts, workspace, around);
  const outside = openOutside(settings, parts, slack.api);
  stack.push(async () => outside.close());
  const poster = createCallbackPoster({ allowLoopback: local !== null });
  stack.push(() => poster.close());
  const metrics = createMetrics(parts.reads);
  const own = { callback: callbackSender(parts, poster.post), follow_up: followUpSender(parts) };
  const senders = { ...tellingAddresses(slack.senders, engine), ...outside.senders, ...own };
  const deliverParts = { ...parts, senders, setAside: metrics.setAside, drawings: engine.drawings };
  const stopping = { now: false };

  const http = await openHttp(settings, {
    engine,
    parts,
    config,
    edge: slack.edge,
    metrics,
    local: local !== null,
    stopping: () => stopping.now,
  });
  slack.edge.start();
  stack.push(() => slack.edge.stop());
  // Whoever is first in the chain is on call from the first request on, and what was stopped stays so.
  await Promise.all([parts.roster.refresh(), parts.homes.refresh(), parts.sessions.refresh()]);
  const httpUrl = await listen(http, settings, stack, engine);
  local?.setBotUrl(`${httpUrl}/slack/events`);

  const delivering = startDelivering(deliverParts, log);
  delivers.push(delivering);
  const polling = startLoop("long polls", () => engine.waiting.poll(), POLL_EVERY_MS, log);
  const sweeping = startSweeps({
    parts,
    engine,
    outside,
    metrics,
    heartbeatUrl: settings.heartbeatUrl,
    clockIsMoved: local !== null,
    stopping: () => stopping.now,
    log,
  });
  const reloading = startLoop("reload", () => config.look(parts), RELOAD_EVERY_MS, log);
  stack.push(async () => {
    stopping.now = true;
    await Promise.all([delivering.stop(), polling.stop(), sweeping.stop(), reloading.stop()]);
  });
  if (local !== null && ownerUrl !== null) local.setTime(await openTimeControl(ownerUrl, sweeping.round));
  const desk = local === null ? null : await (await import("./desk.ts")).openDesk(settings, engine, parts.pool, httpUrl, local);
  if (desk !== null) stack.push(desk.stop);
  announce(settings, httpUrl, local, desk?.firstKey ?? "csk_…", around.say);
  return {
    httpUrl,
    slackUrl: local?.url ?? null,
    engine,
    parts,
    localSlack: local,
    config,
    round: sweeping.round,
    stop() {
      // Whoever sends requests here looks elsewhere before anything is taken away.
      stopping.now = true;
      return stack.unwind();
    },
  };
}

/** Where a card has been posted the engine need not read to know its address. */
function tellingAddresses<S extends Pick<Senders, "card_post" | "card_update">>(senders: S, engine: Engine): S {
  const telling =
    <K extends "card_post" | "card_update">(send: Sender<K>): Sender<K> =>
    async (delivery) => {
      const sent = await send(delivery);
      const receipt = sent.result === "sent" ? sent.receipt : null;
      if (receipt !== null && "permalink" in receipt && receipt.permalink !== null && delivery.escalationId !== null)
        engine.posted(delivery.escalationId, receipt.place, receipt.permalink);
      return sent;
    };
  return { ...senders, card_post: telling(senders.card_post), card_update: telling(senders.card_update) };
}

type Behind = {
  engine: Engine;
  parts: EngineParts;
  config: Configuration;
  edge: SlackEdge;
  metrics: Metrics;
  local: boolean;
  stopping: () => boolean;
};

/** The HTTP server with everything that answers through it; it does not listen yet. */
async function openHttp(
  settings: Settings,
  { engine, parts, config, edge, metrics, local, stopping }: Behind,
): Promise<FastifyInstance> {
  const { pool, log, trace, directory } = parts;
  const http = await createHttpServer({
    engine,
    authenticate: createAuthentication(pool),
    isActiveKey: createKeyCheck(pool),
    log,
    trace,
    directory,
    local,
    readiness: async () => {
      if (stopping()) return ["this process is stopping"];
      const [database, slack] = await Promise.all([databaseFaults(pool, settings), edge.readiness()]);
      return [...database, ...config.faults(), ...slack];
    },
    notes: () =>
      answerInTime(async () => {
        const looks = [rightsNotes(pool, local), replicationNotes(pool), edge.notes()];
        return [...config.notes(), ...(await Promise.all(looks)).flat()];
      }, LIMITS.readWithin.value),
    metrics,
    metricsAccess: { token: settings.metricsToken, loopback: settings.loopback },
  });
  if (edge.handleRequest !== null) await mountSlack(http, edge.handleRequest);
  return http;
}

async function listen(
  http: FastifyInstance,
  settings: Settings,
  stack: ReturnType<typeof createStack>,
  engine: Engine,
): Promise<string> {
  try {
    await http.listen({ port: settings.port, host: settings.host });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE")
      throw new Error(`port ${settings.port} is in use: set PORT to a free one`);
    throw error;
  }
  stack.push(async () => {
    engine.waiting.close();
    await stopHttp(http);
  });
  const address = http.server.address();
  const port = typeof address === "object" && address !== null ? address.port : settings.port;
  return `http://${settings.loopback ? "127.0.0.1" : settings.host}:${port}`;
}

const routesSetUp = ({ routes }: Settings): EngineParts["routes"] => ({
  email: routes.smtpUrl !== null,
  pager: (name) => routes.pagerKeys.has(name),
});
