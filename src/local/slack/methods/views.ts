import { type Block, nextId, type View } from "../state.ts";
import { viewFaults } from "../validate.ts";
import { parsed } from "../wording.ts";
import { BOT, TEAM } from "../workspace.ts";
import { type Answer, type Args, type Method, no, type World, withIds } from "./answers.ts";

/** `views.*`: modals and Homes. */
const TRIGGER_MS = 3000;

/** A trigger opens one modal, within three seconds, for the person who clicked. */
function useTrigger(world: World, id: unknown): string | Answer {
  const trigger = world.state.triggers.get(String(id));
  if (trigger === undefined) return no("invalid_trigger_id");
  world.state.triggers.delete(String(id));
  return world.clock.now().getTime() - trigger.at > TRIGGER_MS ? no("expired_trigger_id") : trigger.userId;
}

function newView(world: World, given: Args): View {
  const hash = `${Math.floor(world.clock.now().getTime() / 1000)}.${nextId(world.state, "h")}`;
  const blocks = withIds(parsed((given["blocks"] ?? []) as Block[], world.state.channels));
  const frame = {
    id: nextId(world.state, "V"),
    team_id: TEAM.id,
    app_id: BOT.appId,
    bot_id: BOT.botId,
    hash,
    private_metadata: "",
    callback_id: "",
    state: { values: {} },
  };
  return { ...frame, ...given, blocks } as unknown as View;
}

const openView: Method = (world, args) => {
  const faults = viewFaults(args["view"]);
  if (faults.length > 0) return no("invalid_arguments", faults);
  const userId = useTrigger(world, args["trigger_id"]);
  if (typeof userId !== "string") return userId;
  const view = newView(world, args["view"] as Args);
  world.state.stacks.set(userId, [view]);
  world.changed();
  return { ok: true, view };
};

const pushView: Method = (world, args) => {
  const faults = viewFaults(args["view"]);
  if (faults.length > 0) return no("invalid_arguments", faults);
  const userId = useTrigger(world, args["trigger_id"]);
  if (typeof userId !== "string") return userId;
  const stack = world.state.stacks.get(userId) ?? [];
  if (stack.length >= 3) return no("push_limit_reached");
  const view = newView(world, args["view"] as Args);
  world.state.stacks.set(userId, [...stack, view]);
  world.changed();
  return { ok: true, view };
};

const updateView: Method = (world, args) => {
  const faults = viewFaults(args["view"]);
  if (faults.length > 0) return no("invalid_arguments", faults);
  for (const stack of world.state.stacks.values()) {
    const at = stack.findIndex((view) => view.id === args["view_id"]);
    const old = stack[at];
    if (old === undefined) continue;
    if (args["hash"] !== undefined && args["hash"] !== old.hash) return no("hash_conflict");
    const view = { ...newView(world, args["view"] as Args), id: old.id };
    stack[at] = view;
    world.changed();
    return { ok: true, view };
  }
  return no("not_found");
};

const publishView: Method = (world, args) => {
  const faults = viewFaults(args["view"]);
  if (faults.length > 0) return no("invalid_arguments", faults);
  const userId = String(args["user_id"]);
  if (!world.state.accounts.has(userId)) return no("user_not_found");
  const old = world.state.homes.get(userId);
  if (args["hash"] !== undefined && old !== undefined && args["hash"] !== old.hash) return no("hash_conflict");
  const view = newView(world, args["view"] as Args);
  world.state.homes.set(userId, view);
  world.changed();
  return { ok: true, view };
};

export const VIEW_METHODS: Record<string, Method> = {
  "views.open": openView,
  "views.push": pushView,
  "views.update": updateView,
  "views.publish": publishView,
};
