import { openHome } from "./events.ts";
import { type Acted, type Click, click, closeView, command, type Submitted, submit, type Wire } from "./interactions.ts";
import type { Message, View } from "./state.ts";

/** One person at their Slack, for tests and the demo: everything they do is a signed request to the bot. */
export type Person = {
  /** Clicks a button of a message; the newest message in the channel that has it, when no ts is given. */
  click(channel: string, actionId: string, ts?: string): Promise<Acted>;
  /** Chooses an act of the ⋯ menu, such as "ask". */
  choose(channel: string, act: string, ts?: string): Promise<Acted>;
  /** Chooses from a list among the buttons. */
  select(channel: string, actionId: string, value: string, ts?: string): Promise<Acted>;
  clickView(viewId: string, actionId: string, value?: string): Promise<Acted>;
  /** Fills the top modal: block id → text, number, choice's value; then submits. */
  submit(fields: Record<string, string | number | boolean | null>): Promise<Submitted>;
  closeTop(): Promise<Acted>;
  top(): View | null;
  command(channel: string, text: string): Promise<string>;
  openHome(): Promise<Acted>;
  /** What only this person sees. */
  ephemerals(): string[];
};

export function createPerson(wire: Wire, userId: string): Person {
  const { state } = wire.world;
  const top = () => state.stacks.get(userId)?.at(-1) ?? null;
  const find = (channel: string, actionId: string, ts: string | undefined): Click["container"] => {
    const messages = state.messages.get(channel) ?? [];
    const has = (message: Message) =>
      message.blocks.some((block) =>
        ((block["elements"] ?? []) as { action_id?: string }[]).some((element) => element.action_id === actionId),
      );
    return { channel, ts: ts ?? [...messages].reverse().find(has)?.ts ?? "none" };
  };
  return {
    click: (channel, actionId, ts) => click(wire, userId, { container: find(channel, actionId, ts), action_id: actionId }),
    choose(channel, act, ts) {
      const container = find(channel, "more", ts);
      const message = "ts" in container ? state.messages.get(channel)?.find((one) => one.ts === container.ts) : undefined;
      const options =
        message?.blocks
          .flatMap((block) => (block["elements"] ?? []) as { options?: { value: string }[] }[])
          .flatMap((element) => element.options ?? []) ?? [];
      const option = options.find((one) => one.value.startsWith(`${act} `));
      return click(wire, userId, { container, action_id: "more", selected_option: { value: option?.value ?? "none" } });
    },
    select: (channel, actionId, value, ts) =>
      click(wire, userId, { container: find(channel, actionId, ts), action_id: actionId, selected_option: { value } }),
    clickView: (viewId, actionId, value) =>
      click(wire, userId, { container: { view_id: viewId }, action_id: actionId, ...(value === undefined ? {} : { value }) }),
    async submit(fields) {
      const view = top();
      if (view === null) return { ok: false, error: "not_there", detail: "No form is open." };
      return submit(wire, userId, view.id, stateOf(view, fields));
    },
    closeTop: async () => closeView(wire, userId, top()?.id ?? ""),
    top,
    async command(channel, text) {
      const acted = await command(wire, userId, channel, text);
      return acted.ok ? (acted.text ?? "") : acted.detail;
    },
    openHome: () => openHome(wire, userId),
    ephemerals: () =>
      [...state.messages.values()]
        .flat()
        .filter((message) => message.ephemeralFor === userId)
        .map((message) => message.text),
  };
}

/** What Slack would send for a filled form: initial values where nothing was typed. */
function stateOf(view: View, fields: Record<string, string | number | boolean | null>): View["state"]["values"] {
  const values: View["state"]["values"] = {};
  for (const block of view.blocks) {
    if (block.type !== "input" || block.block_id === undefined) continue;
    const element = block["element"] as Record<string, unknown>;
    const actionId = String(element["action_id"]);
    const typed = Object.hasOwn(fields, block.block_id) ? fields[block.block_id] : undefined;
    values[block.block_id] = { [actionId]: inputState(element, typed) };
  }
  return values;
}

function inputState(element: Record<string, unknown>, typed: string | number | boolean | null | undefined): object {
  const type = String(element["type"]);
  if (type === "radio_buttons" || type === "static_select") {
    const options = element["options"] as { value: string; text: { text: string } }[];
    const initial = element["initial_option"] as { value: string } | undefined;
    const chosen =
      typed === undefined
        ? initial
        : options.find((option) => option.value === String(typed) || option.text.text === String(typed));
    return { type, selected_option: chosen ?? null };
  }
  if (type === "checkboxes") {
    const options = element["options"] as { value: string }[];
    const initial = (element["initial_options"] ?? []) as { value: string }[];
    return { type, selected_options: typed === undefined ? initial : typed === true ? options : [] };
  }
  if (type === "datepicker") return { type, selected_date: typed === undefined ? (element["initial_date"] ?? null) : typed };
  if (type === "datetimepicker")
    return { type, selected_date_time: typed === undefined ? (element["initial_date_time"] ?? null) : typed };
  const value = typed === undefined ? (element["initial_value"] ?? null) : typed === null ? null : String(typed);
  return { type, value };
}
