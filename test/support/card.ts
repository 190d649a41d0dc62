import type { Message, View } from "../../src/local/slack/state.ts";
import type { App } from "./app.ts";

/** What a person sees of a card and does with it, by the words that stand on it. */
export type Card = {
  /** Waits until it says this. */
  says(text: string): Promise<void>;
  /** All that is seen on it now, a line for each part. */
  text(): string;
  /** What its buttons and its menu offer now. */
  offers(): string[];
  click(userId: string, label: string): Promise<void>;
  /** Clicks, and waits for the form that opens. */
  open(userId: string, label: string): Promise<Form>;
};
export type Form = {
  title: string;
  text(): string;
  /** By the labels of its fields; a choice by its words. */
  submit(fields?: Record<string, string | number | boolean | null>): Promise<{ errors: Record<string, string> }>;
};

type Part = Record<string, any>;

/** The card of an escalation in its channel, or in the DM of a person. */
export async function cardOf(app: App, id: string, userId?: string): Promise<Card> {
  const dm = userId === undefined ? null : `D0${userId.slice(1)}`;
  const find = (): (Message & { channel: string }) | undefined =>
    dm === null
      ? undefined
      : app.slack
          .channel(dm)
          .map((one) => ({ ...one, channel: dm }))
          .findLast((one) => one.thread_ts === undefined && JSON.stringify(one).includes(id));
  const first = dm === null ? await app.card(id) : await app.until(`the card of ${id} in ${dm}`, find);
  if (first === undefined) throw new Error("no card");
  const now = () => app.slack.channel(first.channel).find((one) => one.ts === first.ts)?.blocks ?? [];
  const act = async (who: string, label: string) => {
    const offered = actsOf(now()).find((one) => one.label === label);
    if (offered === undefined) throw new Error(`the card offers no “${label}”, but ${actsOf(now()).map((one) => one.label)}`);
    const person = app.as(who);
    const acted = offered.isMenu
      ? await person.choose(first.channel, offered.act, first.ts)
      : await person.click(first.channel, offered.act, first.ts);
    if (!acted.ok) throw new Error(acted.detail);
  };
  return {
    text: () => seenOf(now()),
    offers: () => actsOf(now()).map((one) => one.label),
    says: async (text) => {
      await app.until(
        `“${text}” on the card of ${id}`,
        () => seenOf(now()),
        (seen) => seen.includes(text),
      );
    },
    click: act,
    async open(who, label) {
      const before = app.as(who).top()?.id;
      await act(who, label);
      const view = await app.until(
        `the form of “${label}”`,
        () => app.as(who).top(),
        (top) => top !== null && top.id !== before,
      );
      return formOf(app, who, view as View);
    },
  };
}

export function formOf(app: App, userId: string, view: View): Form {
  const labels = new Map(
    view.blocks.flatMap((block: Part) => (block["type"] === "input" ? [[block["label"].text, block["block_id"]]] : [])),
  );
  return {
    title: (view as Part)["title"].text,
    text: () => seenOf(view.blocks),
    async submit(fields = {}) {
      const byId = Object.fromEntries(
        Object.entries(fields).map(([label, value]) => {
          const blockId = labels.get(label);
          if (blockId === undefined) throw new Error(`the form has no “${label}”, but ${[...labels.keys()].join(", ")}`);
          return [blockId, value];
        }),
      );
      const answer = await app.as(userId).submit(byId);
      if (!answer.ok) throw new Error(answer.detail);
      return { errors: "errors" in answer ? answer.errors : {} };
    },
  };
}

type Act = { act: string; label: string; isMenu: boolean };
function actsOf(blocks: readonly unknown[]): Act[] {
  return (blocks as Part[]).flatMap((block) =>
    block["type"] !== "actions"
      ? []
      : (block["elements"] as Part[]).flatMap((one): Act[] =>
          one["type"] === "button"
            ? [{ act: one["action_id"], label: one["text"].text, isMenu: false }]
            : (one["options"] as Part[]).map((option) => ({
                act: option["value"].split(" ")[0],
                label: option["text"].text,
                isMenu: true,
              })),
        ),
  );
}

/** What is seen of blocks: their words without the markup, buttons in brackets. */
export function seenOf(blocks: readonly unknown[]): string {
  return (blocks as Part[]).map((block) => seenOfBlock(block)).join("\n");
}

function seenOfBlock(block: Part): string {
  if (block["type"] === "rich_text") {
    const lines = (block["elements"] as Part[]).flatMap((part) =>
      part["type"] === "rich_text_list" ? (part["elements"] as Part[]).map((one) => ({ ...one, bullet: "• " })) : [part],
    ) as Part[];
    return lines
      .map((one) => (one["bullet"] ?? "") + (one["elements"] as Part[]).map((e) => e["text"] ?? `<@${e["user_id"]}>`).join(""))
      .join("\n");
  }
  const texts = [
    block["text"]?.text,
    ...(block["fields"] ?? []).map((one: Part) => one["text"]),
    block["label"]?.text,
    ...(block["type"] === "context" ? block["elements"].map((one: Part) => one["text"]) : []),
    ...(block["type"] === "actions" ? actsOf([block]).map((one) => `[${one.label}]`) : []),
  ];
  return texts
    .filter((one) => one !== undefined)
    .join(" ")
    .replaceAll("*", "");
}
