import { randomBytes } from "node:crypto";
import type { World } from "./methods/answers.ts";
import { answerThere } from "./methods/messages.ts";
import { type Delivered, sendSigned } from "./signed.ts";
import { type Block, type Message, nextId, type View } from "./state.ts";
import { viewFaults } from "./validate.ts";
import { asTold } from "./wording.ts";
import { BOT, ENTERPRISE, TEAM } from "./workspace.ts";

/** What people do, sent to the bot with Slack's own payload shapes. */
export type Wire = {
  world: World;
  signingSecret: string;
  botUrl: () => string;
  /** When an event that was not taken is sent again. */
  retryAfterMs: readonly number[];
};
export type Acted = { ok: true } | { ok: false; error: string; detail: string };
export type Container = { channel: string; ts: string } | { view_id: string };
export type Click = {
  container: Container;
  action_id: string;
  block_id?: string;
  value?: string;
  selected_option?: { value: string };
};

const APP_ERROR = {
  ok: false as const,
  error: "app_error",
  detail: "This app didn't respond as it should. (Slack would show an error triangle.)",
};

export async function click(wire: Wire, userId: string, wanted: Click): Promise<Acted> {
  const found = findElement(wire, userId, wanted);
  if (found === null) return { ok: false, error: "not_there", detail: "That button is not there (any more)." };
  const { block, element, where } = found;
  const chosen =
    wanted.selected_option === undefined
      ? undefined
      : ((element["options"] ?? []) as { value: string }[]).find((o) => o.value === wanted.selected_option?.value);
  if (wanted.selected_option !== undefined && chosen === undefined)
    return { ok: false, error: "not_there", detail: "That option is not offered." };
  const action = {
    type: element["type"],
    action_id: element["action_id"],
    block_id: block.block_id,
    action_ts: tsNow(wire),
    ...(element["text"] === undefined ? {} : { text: element["text"] }),
    ...(chosen === undefined ? { value: wanted.value ?? element["value"] } : { selected_option: chosen }),
  };
  return answered(await post(wire, userId, { type: "block_actions", ...where, actions: [action] }));
}

export const answered = (delivered: Delivered): Acted =>
  delivered.status >= 200 && delivered.status < 300 ? { ok: true } : APP_ERROR;
export const tsNow = (wire: Wire): string => `${wire.world.clock.now().getTime() / 1000}`;
export const nowS = (wire: Wire): number => Math.floor(wire.world.clock.now().getTime() / 1000);

type Found = { block: Block; element: Record<string, unknown>; where: object };

function findElement(wire: Wire, userId: string, wanted: Click): Found | null {
  const { state } = wire.world;
  if ("view_id" in wanted.container) {
    const viewId = wanted.container.view_id;
    const view = [...(state.stacks.get(userId) ?? []), state.homes.get(userId)].find((one) => one?.id === viewId);
    const at = view === undefined ? null : elementIn(view.blocks, wanted);
    return view === undefined || at === null ? null : { ...at, where: { container: { type: "view", view_id: view.id }, view } };
  }
  const { channel, ts } = wanted.container;
  const message = state.messages.get(channel)?.find((one) => one.ts === ts);
  const at = message === undefined ? null : elementIn(message.blocks, wanted);
  if (message === undefined || at === null) return null;
  return { ...at, where: messageContext(wire, userId, channel, message) };
}

export function messageContext(wire: Wire, userId: string, channel: string, message: Message): object {
  const name = wire.world.state.channels.get(channel)?.name ?? "directmessage";
  return {
    container: { type: "message", message_ts: message.ts, channel_id: channel, is_ephemeral: false },
    channel: { id: channel, name },
    message: { type: "message", bot_id: BOT.botId, ...message },
    state: { values: {} },
    response_url: responseUrl(wire, userId, channel),
  };
}

function responseUrl(wire: Wire, userId: string, channel: string): string {
  const id = randomBytes(18).toString("base64url");
  wire.world.state.responseUrls.set(id, { userId, channel, at: wire.world.clock.now().getTime(), uses: 0 });
  return `${wire.world.selfUrl()}/response/${id}`;
}

function elementIn(blocks: Block[], wanted: Click): { block: Block; element: Record<string, unknown> } | null {
  for (const block of blocks) {
    if (wanted.block_id !== undefined && block.block_id !== wanted.block_id) continue;
    const elements = elementsIn(block);
    const element = elements.find(
      (one) =>
        one["action_id"] === wanted.action_id &&
        (wanted.value === undefined || one["value"] === wanted.value || Array.isArray(one["options"])),
    );
    if (element !== undefined) return { block, element };
  }
  return null;
}

/** Everything in a block that can be clicked, whatever it stands in. */
function elementsIn(block: Record<string, unknown>): Record<string, unknown>[] {
  const within = [block["elements"], block["actions"], block["child_blocks"], block["accessory"]].flat();
  const found = within.filter((one): one is Record<string, unknown> => typeof one === "object" && one !== null);
  return found.flatMap((one) => ("action_id" in one ? [one] : elementsIn(one)));
}

/** Every interaction carries who, where from, and a fresh trigger. */
async function post(wire: Wire, userId: string, payload: object): Promise<Delivered> {
  const account = wire.world.state.accounts.get(userId);
  const triggerId = `${nowS(wire)}.${nextId(wire.world.state, "tr")}`;
  wire.world.state.triggers.set(triggerId, { userId, at: wire.world.clock.now().getTime() });
  const teamId = account?.grid?.[0] ?? account?.teamId ?? TEAM.id;
  const full = {
    user: { id: userId, username: account?.name.toLowerCase() ?? userId, name: account?.name ?? userId, team_id: teamId },
    team: { id: TEAM.id, domain: TEAM.domain },
    api_app_id: BOT.appId,
    token: "local",
    enterprise: account?.grid === undefined ? null : ENTERPRISE,
    is_enterprise_install: false,
    trigger_id: triggerId,
    ...asTold(payload),
  };
  const body = new URLSearchParams({ payload: JSON.stringify(full) }).toString();
  return sendSigned({
    signingSecret: wire.signingSecret,
    botUrl: wire.botUrl(),
    atS: nowS(wire),
    contentType: "application/x-www-form-urlencoded",
    body,
  });
}

export type Submitted =
  | { ok: true; view: View | null }
  | { ok: true; errors: Record<string, string> }
  | Extract<Acted, { ok: false }>;

/** Submits the top modal; the bot's answer closes it, marks fields, or puts another view in its place. */
export async function submit(wire: Wire, userId: string, viewId: string, values: View["state"]["values"]): Promise<Submitted> {
  const stack = wire.world.state.stacks.get(userId) ?? [];
  const view = stack.find((one) => one.id === viewId);
  if (view === undefined) return { ok: false, error: "not_there", detail: "This form is closed." };
  const missing = missingInputs(view, values);
  if (Object.keys(missing).length > 0) return { ok: true, errors: missing };
  const filled = { ...view, state: { values } };
  const delivered = await post(wire, userId, { type: "view_submission", view: filled, response_urls: [] });
  if (delivered.status !== 200) return APP_ERROR;
  const answer =
    delivered.body === ""
      ? {}
      : (JSON.parse(delivered.body) as {
          response_action?: string;
          errors?: Record<string, string>;
          view?: Record<string, unknown>;
        });
  return apply(wire, userId, view, answer);
}

function apply(
  wire: Wire,
  userId: string,
  view: View,
  answer: { response_action?: string; errors?: Record<string, string>; view?: Record<string, unknown> },
): Submitted {
  const stacks = wire.world.state.stacks;
  const stack = stacks.get(userId) ?? [];
  wire.world.changed();
  switch (answer.response_action) {
    case "errors": {
      const unknown = Object.keys(answer.errors ?? {}).filter(
        (id) => !view.blocks.some((block) => block.block_id === id && block.type === "input"),
      );
      return unknown.length > 0 ? APP_ERROR : { ok: true, errors: answer.errors ?? {} };
    }
    case "update":
    case "push": {
      if (viewFaults(answer.view).length > 0) return APP_ERROR;
      const next = {
        ...view,
        submit: undefined,
        private_metadata: "",
        callback_id: "",
        ...answer.view,
        id: answer.response_action === "push" ? nextId(wire.world.state, "V") : view.id,
        state: { values: {} },
      } as View;
      stacks.set(
        userId,
        answer.response_action === "push" ? [...stack, next] : stack.map((one) => (one.id === view.id ? next : one)),
      );
      return { ok: true, view: next };
    }
    case "clear":
      stacks.set(userId, []);
      return { ok: true, view: null };
    default:
      stacks.set(
        userId,
        stack.filter((one) => one.id !== view.id),
      );
      return { ok: true, view: null };
  }
}

/** Slack itself holds back a form whose required fields are empty. */
function missingInputs(view: View, values: View["state"]["values"]): Record<string, string> {
  const missing: Record<string, string> = {};
  for (const block of view.blocks) {
    if (block.type !== "input" || block["optional"] === true || block.block_id === undefined) continue;
    const state = Object.values(values[block.block_id] ?? {})[0] as Record<string, unknown> | undefined;
    const given =
      state === undefined
        ? []
        : [
            ...(Array.isArray(state["selected_options"]) ? state["selected_options"] : []),
            ...[state["value"], state["selected_option"], state["selected_date"], state["selected_date_time"]],
          ].filter((one) => one !== undefined && one !== null && one !== "");
    if (given.length === 0) missing[block.block_id] = "Please complete this required field.";
  }
  return missing;
}

export async function closeView(wire: Wire, userId: string, viewId: string): Promise<Acted> {
  const stack = wire.world.state.stacks.get(userId) ?? [];
  const view = stack.find((one) => one.id === viewId);
  wire.world.state.stacks.set(
    userId,
    stack.filter((one) => one.id !== viewId),
  );
  wire.world.changed();
  if (view?.["notify_on_close"] === true) await post(wire, userId, { type: "view_closed", view, is_cleared: false });
  return { ok: true };
}

/** What `should_escape` asks for: people and channels come as ids, and nothing else can look like one. */
function escaped(wire: Wire, text: string): string {
  const { accounts, channels } = wire.world.state;
  const safe = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return safe
    .replace(/(?<![\w<])@([\w.-]+)/g, (typed, name: string) => {
      const account = [...accounts.values()].find((one) => one.name.toLowerCase() === name.toLowerCase());
      return account === undefined ? typed : `<@${account.id}|${account.name.toLowerCase()}>`;
    })
    .replace(/(?<![\w<])#([\w-]+)/g, (typed, name: string) => {
      const channel = [...channels.values()].find((one) => one.name === name);
      return channel === undefined ? typed : `<#${channel.id}|${channel.name}>`;
    });
}

type AckAnswer = { text?: string; blocks?: Block[]; response_type?: string };

/** A slash command; an ephemeral answer in the ack is shown where it was typed. */
export async function command(wire: Wire, userId: string, channel: string, text: string): Promise<Acted & { text?: string }> {
  const [name = "", ...rest] = text.trim().split(" ");
  const account = wire.world.state.accounts.get(userId);
  const triggerId = `${nowS(wire)}.${nextId(wire.world.state, "tr")}`;
  wire.world.state.triggers.set(triggerId, { userId, at: wire.world.clock.now().getTime() });
  const form = {
    token: "local",
    team_id: TEAM.id,
    team_domain: TEAM.domain,
    channel_id: channel,
    channel_name: wire.world.state.channels.get(channel)?.name ?? "directmessage",
    user_id: userId,
    user_name: account?.name.toLowerCase() ?? "",
    command: name,
    text: escaped(wire, rest.join(" ")),
    api_app_id: BOT.appId,
    response_url: responseUrl(wire, userId, channel),
    trigger_id: triggerId,
  };
  const delivered = await sendSigned({
    signingSecret: wire.signingSecret,
    botUrl: wire.botUrl(),
    atS: nowS(wire),
    contentType: "application/x-www-form-urlencoded",
    body: new URLSearchParams(form).toString(),
  });
  if (delivered.status !== 200)
    return { ok: false, error: "app_error", detail: `${name} failed with the error "dispatch_failed"` };
  const answer = delivered.body.startsWith("{") ? (JSON.parse(delivered.body) as AckAnswer) : { text: delivered.body };
  // An empty acknowledgement: the answer comes later, through the response_url.
  if (!answer.text && answer.blocks === undefined) return { ok: true };
  const told = answerThere(wire.world, { ...answer, channel, user: userId });
  if (!told.ok) return { ok: false, error: "app_error", detail: `The answer to ${name} could not be shown: ${told.error}` };
  return { ok: true, ...(answer.text === undefined ? {} : { text: answer.text }) };
}
