import { operator } from "./operator.ts";

/** Alarms about the house itself, in plain words: what is wrong, and where to look. */
const NAMED_MAX = 5;

/** At most five, and how many more there are. */
const named = (items: readonly string[]): string =>
  `${items.slice(0, NAMED_MAX).join(", ")}${items.length > NAMED_MAX ? ` and ${items.length - NAMED_MAX} more` : ""}`;
const mention = (userId: string): string => `<@${userId}>`;
const sentences = (...each: readonly (string | null)[]): string => each.filter((one) => one !== null).join(" ");

/** A sentence for each kind, of nothing but plain values. */
const house = {
  sweep_failing: ({ escalations }: { escalations: readonly string[] }) =>
    sentences(
      `The sweep cannot move on ${named(escalations)}: their deadlines do not fire.`,
      "It goes on trying, every five minutes at the latest. The log says why; see docs/operations.md.",
    ),
  overdue_steps: ({ count, oldestS }: { count: number; oldestS: number }) =>
    sentences(
      `${count === 1 ? "1 step is" : `${count} steps are`} overdue by more than a minute (the oldest by ${oldestS} s):`,
      "the sweep lags. See docs/operations.md.",
    ),
  deliveries_stuck: ({ minutes }: { minutes: number }) =>
    `Slack has not taken our messages for ${minutes} min. See: npx countersign deliveries`,
  set_aside: (of: { delivery: string; status: "dead" | "uncertain"; escalation: string | null; why: string }) =>
    sentences(
      of.status === "dead" ? "A message was given up:" : "Nobody knows whether a message arrived:",
      `${of.delivery.replaceAll("_", " ")}${of.escalation === null ? "" : ` of ${of.escalation}`} – ${of.why}.`,
      "See: npx countersign deliveries",
    ),
  pages_stranded: ({ userIds, why }: { userIds: readonly string[]; why: string | null }) =>
    sentences(
      `Messages for ${named(userIds.map(mention))} have not arrived (${why ?? "for a minute"}),`,
      "and these people have no other route. Give them an e-mail address or a pager in the configuration.",
    ),
  on_call_silent: ({ source, why }: { source: string; why: string }) =>
    `The on-call source ${source} does not answer (${why}); its last known answer is used.`,
  on_call_strangers: ({ source, names }: { source: string; names: readonly string[] }) =>
    `The on-call source ${source} names people who are no reviewers here: ${named(names)}.`,
  unanswerable: (of: { queue: string; seat: string; escalation: string; silence: string }) =>
    sentences(
      `Nobody in the queue ${of.queue} can fill the seat “${of.seat}”,`,
      `so ${of.escalation} can only time out (${of.silence}).`,
      "Add a reviewer, or change what the policy asks for.",
    ),
  rights: ({ owner, isClockMoved }: { owner: string | null; isClockMoved: boolean }) =>
    sentences(owner === null ? null : operator.database.owns(owner), isClockMoved ? operator.database.shifted : null),
  slack_gone: ({ event }: { event: "tokens_revoked" | "app_uninstalled" }) =>
    sentences(
      event === "app_uninstalled" ? "The app was removed from Slack:" : "Slack has revoked the app's tokens:",
      "nothing reaches Slack until the app is installed again and SLACK_BOT_TOKEN is set to the new token.",
    ),
  unknown_requester: ({ agent, userId }: { agent: string; userId: string }) =>
    sentences(
      `${agent} says that ${mention(userId)} asked for something, and Slack knows no such person:`,
      "the account does not exist, has been deactivated or is an app. So it cannot be told who may not decide.",
      "Look at what the agent sends as requested_by.",
    ),
  not_a_member: ({ userId }: { userId: string }) =>
    sentences(
      `${mention(userId)} is named as a reviewer, but that account is a guest, has been deactivated or belongs to another`,
      "workspace: nothing was sent there. Take it out of the configuration, or restore the account.",
    ),
  public_channel: ({ queue, channel }: { queue: string; channel: string }) =>
    sentences(
      `Confidential or restricted escalations of the queue ${queue} go to <#${channel}>,`,
      "which everybody in the workspace can join. Make that channel private, or give the queue another one.",
    ),
  configuration: ({ problem }: { problem: string }) => operator.configuration.notUsable(problem),
  configuration_replaced: (of: { host: string; file: string; was: number; newest: number }) =>
    operator.configuration.replacedOn(of.host, of.file, of.was, of.newest),
} as const;

export const alarms = {
  house,
  agent: {
    executed_differs: "ran something other than what was approved",
    never_resumed: "was approved but never came back to do it",
    outcome_unknown: "started and went silent: nobody knows whether it ran",
    outcome_unreported: "never said what became of it",
    execution_failed: "tried and failed",
    done_while_undone: "says only now that it did (or tried) what was given out to be undone, so it may stand again",
    undo_unrehearsed: "waits for an approval, because undoing this was not rehearsed lately",
  },
  /** The same where people, or their silence, wanted it undone. */
  undoing: {
    never_resumed: "was to undo it but never came back for that",
    outcome_unknown: "began to undo it and went silent: nobody knows whether it is undone",
    execution_failed: "tried to undo it and failed",
  },
  /** One line for the alarms channel and the owner. */
  line: (agent: string, what: string, title: string, id: string, told: string) =>
    `‼ *${agent} ${what}*: ${title} (${id}).${told === "" ? "" : ` ${told}`} See: /countersign show ${id}`,
  told: (who: string) => `${who} was told.`,
} as const;
