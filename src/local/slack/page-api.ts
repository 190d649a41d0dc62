import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { AgentsDesk } from "../agents/desk.ts";
import { openHome } from "./events.ts";
import { FAULT_KINDS, type FaultControl } from "./faults.ts";
import { sendStored, takeUpload } from "./files.ts";
import { click, closeView, command, submit, type Wire } from "./interactions.ts";
import type { Quotas } from "./quotas.ts";
import { readBody } from "./read-body.ts";
import { respond } from "./response-url.ts";
import { dmOf, type Message, type State, type View } from "./state.ts";
import type { TimeControl } from "./time-control.ts";
import { asShown } from "./wording.ts";
import { TEAM } from "./workspace.ts";

/** What the page asks and does; who may ask at all is settled before (own.ts). */
export type Page = {
  wire: Wire;
  faults: FaultControl;
  quotas: Quotas;
  listeners: Set<() => void>;
  desk: () => AgentsDesk | null;
  time: () => TimeControl | null;
  readme: string | null;
};

const PUBLIC = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "page", "public");
const TYPES: Record<string, string> = {
  ".html": "text/html",
  ".css": "text/css",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
  ".md": "text/plain",
};
const CSP = [
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none';",
  "frame-ancestors 'none'",
].join(" ");

export async function handlePage(page: Page, request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
  // The bot posts here from outside the page; the unguessable part is the id.
  if (request.method === "POST" && url.pathname.startsWith("/response/")) {
    const body = JSON.parse((await readBody(request)) || "{}") as Record<string, unknown>;
    const answer = respond(page.wire, url.pathname.slice("/response/".length), body);
    return json(response, answer.ok ? 200 : 404, answer);
  }
  if (request.method === "POST" && url.pathname.startsWith("/upload/v1/"))
    return takeUpload(page.wire.world.state, url.pathname.slice("/upload/v1/".length), request, response);
  if (request.method === "POST")
    return act(page, url.pathname, JSON.parse((await readBody(request)) || "{}") as Record<string, unknown>, response);
  if (url.pathname === "/page/state") return json(response, 200, stateFor(page, url.searchParams.get("viewer") ?? "U0PRIYA"));
  if (url.pathname === "/page/stream") return stream(page, request, response);
  const [, files, id = "", secret = ""] = url.pathname.split("/");
  if (files === "files" && sendStored(page.wire.world.state, id, secret, response)) return;
  return serveFile(page, url.pathname, response);
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response
    .writeHead(status, {
      "content-type": "application/json; charset=utf-8",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    })
    .end(JSON.stringify(body));
}

function serveFile(page: Page, pathname: string, response: ServerResponse): void {
  const name = pathname === "/" ? "/index.html" : pathname;
  const file = name === "/README.md" && page.readme !== null ? page.readme : path.join(PUBLIC, path.normalize(name));
  const type = TYPES[path.extname(file)];
  if (type === undefined || (file !== page.readme && !file.startsWith(PUBLIC)))
    json(response, 404, { ok: false, error: "not_found" });
  else sendFile(file, type, response, file === page.readme ? (text) => withOwnPort(text, page.wire.botUrl()) : undefined);
}

/** The commands of the README are for this start, whatever PORT is. */
function withOwnPort(text: string, botUrl: string): string {
  const own = URL.parse(botUrl)?.origin;
  return own === undefined ? text : text.replaceAll("http://127.0.0.1:3000", own);
}

function sendFile(file: string, type: string, response: ServerResponse, change?: (text: string) => string): void {
  try {
    const bytes = readFileSync(file);
    const body = change === undefined ? bytes : change(bytes.toString("utf8"));
    response
      .writeHead(200, {
        "content-type": `${type}; charset=utf-8`,
        "cache-control": "no-store",
        "content-security-policy": CSP,
        "cross-origin-opener-policy": "same-origin",
        "x-content-type-options": "nosniff",
      })
      .end(body);
  } catch {
    json(response, 404, { ok: false, error: "not_found" });
  }
}

function stream(page: Page, request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store", connection: "keep-alive" });
  let seq = 0;
  const tell = () => {
    seq++;
    response.write(`event: change\ndata: {"seq":${seq}}\n\n`);
  };
  page.listeners.add(tell);
  request.once("close", () => page.listeners.delete(tell));
  tell();
}

function stateFor(page: Page, wanted: string): object {
  const { state, shown } = page.wire.world;
  const viewer = state.accounts.has(wanted) ? wanted : "U0PRIYA";
  const dm = dmOf(state, viewer);
  const seen = (id: string) =>
    (state.messages.get(id) ?? []).filter((m) => m.ephemeralFor === undefined || m.ephemeralFor === viewer);
  const threads = (id: string) => {
    const list = seen(id);
    return list.filter(inConversation).map((m) => ({
      ...asShown(m),
      ephemeral: m.ephemeralFor !== undefined,
      replies: list.filter((reply) => m.thread_ts === undefined && reply.thread_ts === m.ts).map(asShown),
      parent: list.find((one) => one.ts === m.thread_ts)?.text,
    }));
  };
  const unread = (id: string) => unreadOf(state, viewer, id);
  return {
    team: TEAM,
    viewer,
    people: [...state.accounts.values()]
      .filter((one) => one.bot !== true)
      .map(({ id, name, title, tz, guest, deleted }) => ({
        dm: dmOf(state, id),
        unread: unreadOf(state, id, dmOf(state, id)),
        id,
        name,
        title,
        tz,
        guest: guest ?? false,
        deleted: deleted ?? false,
      })),
    channels: [...state.channels.values()].map(({ id, name }) => ({ id, name, unread: unread(id), messages: threads(id) })),
    dms: [{ id: dm, with: "Countersign", unread: unread(dm), messages: threads(dm) }],
    home: { view: asShown(state.homes.get(viewer) ?? null) },
    views: asShown(state.stacks.get(viewer) ?? []),
    notices: state.notices.get(viewer) ?? [],
    now: shown.now().toISOString(),
    time: page.time() === null ? null : { ahead_ms: page.time()?.shiftMs() ?? 0 },
    faults: page.faults.list(),
    quotas: page.quotas.isOn(),
    desk: { examples: page.desk()?.examples() ?? [], runs: page.desk()?.runs() ?? [], own: page.desk()?.own() ?? [] },
  };
}

/** What stands in the conversation itself: no replies, except those that were sent to it as well. */
const inConversation = (m: Message): boolean => m.thread_ts === undefined || m.subtype === "thread_broadcast";

function unreadOf(state: State, viewer: string, id: string): number {
  const read = state.read.get(`${viewer} ${id}`) ?? "";
  const own = (m: Message) => m.ephemeralFor === undefined || m.ephemeralFor === viewer;
  return (state.messages.get(id) ?? []).filter((m) => own(m) && inConversation(m) && m.ts > read).length;
}

type Body = Record<string, unknown>;

async function act(page: Page, pathname: string, body: Body, response: ServerResponse): Promise<void> {
  const viewer = String(body["viewer"] ?? "");
  const { state } = page.wire.world;
  const account = state.accounts.get(viewer);
  const personal = !["/page/faults", "/page/desk/run", "/page/time"].includes(pathname);
  if (personal && (account === undefined || account.bot === true))
    return json(response, 400, { ok: false, error: "no_viewer", detail: "Choose who you are first." });
  switch (pathname) {
    case "/page/click":
      return json(response, 200, await click(page.wire, viewer, body as never));
    case "/page/submit": {
      const answer = await submit(page.wire, viewer, String(body["view_id"]), (body["values"] ?? {}) as View["state"]["values"]);
      return json(response, 200, answer);
    }
    case "/page/close":
      return json(response, 200, await closeView(page.wire, viewer, String(body["view_id"])));
    case "/page/command":
      return json(response, 200, await command(page.wire, viewer, String(body["channel"]), String(body["text"])));
    case "/page/home":
      return json(response, 200, await openHome(page.wire, viewer));
    case "/page/read": {
      state.read.set(`${viewer} ${String(body["channel"])}`, state.messages.get(String(body["channel"]))?.at(-1)?.ts ?? "");
      return json(response, 200, { ok: true });
    }
    case "/page/time":
      return json(response, 200, await advance(page, body["advance_ms"]));
    case "/page/faults":
      return json(response, 200, setFaults(page, body));
    case "/page/desk/run":
      return json(response, 200, runExample(page, String(body["example"])));
    default:
      return json(response, 404, { ok: false, error: "not_found" });
  }
}

const ADVANCE_MS_MAX = 24 * 3_600_000;

/** Moves time ahead; it never goes back. */
async function advance(page: Page, ms: unknown): Promise<object> {
  const time = page.time();
  if (time === null)
    return { ok: false, error: "no_time", detail: "Time cannot be moved here: the bot runs on another database." };
  if (typeof ms !== "number" || !Number.isInteger(ms) || ms < 1000 || ms > ADVANCE_MS_MAX)
    return { ok: false, error: "bad_time", detail: "advance_ms: a whole number from 1000 (a second) to 86400000 (a day)." };
  await time.advance(ms);
  page.wire.world.changed();
  return { ok: true };
}

function setFaults(page: Page, body: Body): object {
  if (body["clear"] === true) {
    page.faults.clear();
    page.quotas.switch(false);
    return { ok: true };
  }
  if (typeof body["quotas"] === "boolean") {
    page.quotas.switch(body["quotas"]);
    page.wire.world.changed();
    return { ok: true };
  }
  const wanted = body["arm"] as { method?: string; kind?: string } | undefined;
  const kind = FAULT_KINDS.find((one) => one === wanted?.kind);
  if (wanted?.method === undefined || kind === undefined)
    return { ok: false, error: "bad_fault", detail: `kinds: ${FAULT_KINDS.join(", ")}` };
  page.faults.arm({ ...wanted, method: wanted.method, kind });
  return { ok: true };
}

function runExample(page: Page, example: string): object {
  const desk = page.desk();
  if (desk === null || !desk.examples().some((one) => one.id === example))
    return { ok: false, error: "no_example", detail: "There is no such example." };
  return { ok: true, ...desk.run(example) };
}
