/** What can be wrong with the house itself, with what there is to say about it. */
type HouseAlarms = {
  sweep_failing: { escalations: readonly string[] };
  overdue_steps: { count: number; oldestS: number };
  deliveries_stuck: { minutes: number };
  set_aside: { lane: string; delivery: string; status: "dead" | "uncertain"; escalation: string | null; why: string };
  pages_stranded: { userIds: readonly string[]; why: string | null };
  on_call_silent: { source: string; why: string };
  on_call_strangers: { source: string; names: readonly string[] };
  unanswerable: { queue: string; seat: string; escalation: string; silence: string };
  rights: { owner: string | null; isClockMoved: boolean };
  slack_gone: { event: "tokens_revoked" | "app_uninstalled" };
  unknown_requester: { agent: string; userId: string };
  not_a_member: { userId: string };
  public_channel: { queue: string; channel: string };
  configuration: { problem: string };
  configuration_replaced: { host: string; file: string; was: number; newest: number };
};
export type HouseAlarmKind = keyof HouseAlarms;
export type HouseAlarmOf<K extends HouseAlarmKind> = { kind: K } & HouseAlarms[K];
export type HouseAlarm = { [K in HouseAlarmKind]: HouseAlarmOf<K> }[HouseAlarmKind];

/** While it lasts, an alarm of one name rings once: for each of what it is about, where there can be several. */
type Lone =
  | "sweep_failing"
  | "overdue_steps"
  | "deliveries_stuck"
  | "pages_stranded"
  | "rights"
  | "configuration"
  | "configuration_replaced";
type Several = "set_aside" | "on_call" | "unanswerable" | "slack" | "unknown_requester" | "not_a_member" | "public_channel";
export type AlarmName = Lone | `${Several}:${string}`;

export function nameOf(alarm: HouseAlarm): AlarmName {
  switch (alarm.kind) {
    case "sweep_failing":
    case "overdue_steps":
    case "deliveries_stuck":
    case "pages_stranded":
    case "rights":
    case "configuration":
    case "configuration_replaced":
      return alarm.kind;
    case "set_aside":
      return `set_aside:${alarm.lane}`;
    case "on_call_silent":
    case "on_call_strangers":
      return onCallAlarm(alarm.source);
    case "unanswerable":
      return `unanswerable:${alarm.queue}:${alarm.seat}`;
    case "slack_gone":
      return `slack:${alarm.event}`;
    case "unknown_requester":
      return `unknown_requester:${alarm.agent}`;
    case "not_a_member":
      return `not_a_member:${alarm.userId}`;
    case "public_channel":
      return publicChannelAlarm(alarm.channel);
    default:
      return alarm satisfies never;
  }
}

export const onCallAlarm = (source: string): AlarmName => `on_call:${source}`;

/** Confidential escalations went to a channel that anybody can join. */
export const publicChannelAlarm = (channel: string): AlarmName => `public_channel:${channel}`;
