import type { InputBlock, KnownBlock, ModalView, PlainTextInput } from "@slack/types";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { say } from "../../words/en.ts";
import { buttonValue } from "../cards/view.ts";
import { spoken } from "../mrkdwn.ts";
import { plain } from "../text.ts";

/** What all modals share: the title names the act, the first block says what will happen, submit repeats the verb. */
/** The forms of acts have theirs in slack/acts; beside them there are those of several escalations and of the full brief. */
export type ModalId = `${string}_modal`;

/** Of the title and the buttons of a modal. */
export const TITLE_MAX = 24;

/** `note`: what the form has to know again when it is read. */
export function modal(
  id: ModalId,
  title: string,
  submit: string | null,
  escalation: Escalation,
  blocks: KnownBlock[],
  note = "",
): ModalView {
  const base: ModalView = {
    type: "modal",
    callback_id: id,
    private_metadata: [buttonValue(escalation), note].join(" ").trim(),
    title: plain(title, TITLE_MAX),
    close: plain(submit === null ? say.modals.close : say.modals.cancel, 24),
    blocks: blocks.slice(0, 100),
  };
  return submit === null ? base : { ...base, submit: plain(submit, 24) };
}

/** Slack takes 250 KB for a view, counted in UTF-8; the rest is for what it adds itself. */
export const VIEW_BYTES_MAX = 240_000;
export const bytesOf = (part: unknown): number => Buffer.byteLength(JSON.stringify(part));

export function textInput(
  id: string,
  label: string,
  options: Partial<PlainTextInput> & { hint?: string; optional?: boolean },
): InputBlock {
  const { hint, optional, ...element } = options;
  return {
    type: "input",
    block_id: id,
    label: plain(label, 2000),
    optional: optional ?? false,
    element: { type: "plain_text_input", action_id: id, multiline: true, max_length: 2000, ...element },
    ...(hint === undefined ? {} : { hint: plain(hint, 2000) }),
  };
}

/** A modal that only tells something, in the place of one that can go on no more. */
export function noticeModal(title: string, text: string): ModalView {
  return {
    type: "modal",
    title: plain(title, 24),
    close: plain(say.modals.close, 24),
    blocks: spoken(text).blocks,
  };
}
