/** The people and channels of the local Slack. The example configuration names the same ids. */
export type Account = {
  id: string;
  name: string;
  title: string;
  tz: string;
  guest?: boolean;
  deleted?: boolean;
  bot?: boolean;
  stranger?: boolean;
  teamId?: string;
  /**
   * An account of an Enterprise Grid: its workspaces. Slack names no `team_id` of it, and its clicks name the first of them
   * wherever they are made.
   */
  grid?: readonly string[];
};
export type Channel = { id: string; name: string; bot: boolean; archived?: boolean; shared?: boolean; private?: boolean };

export const TEAM = { id: "T0LOCAL", name: "Northwind", domain: "northwind" };
/** The organisation of the accounts that are in a Grid. */
export const ENTERPRISE = { id: "E0NORTHWIND", name: "Northwind Group" };
export const BOT = { userId: "U0BOT", botId: "B0BOT", appId: "A0BOT", name: "Countersign" };

export const PEOPLE: readonly Account[] = [
  { id: "U0MARIA", name: "Maria", title: "engineering manager", tz: "Europe/Berlin" },
  { id: "U0PRIYA", name: "Priya", title: "payments reviewer", tz: "Europe/London" },
  { id: "U0CHRIS", name: "Chris", title: "head of operations, admin", tz: "Europe/London" },
  { id: "U0SAM", name: "Sam", title: "security engineer", tz: "America/New_York" },
  { id: "U0LEE", name: "Lee", title: "lead engineer", tz: "Asia/Tokyo" },
  { id: "U0KIM", name: "Kim", title: "lead engineer", tz: "Europe/London" },
  { id: "U0ANNA", name: "Anna", title: "on-call engineer", tz: "Europe/London" },
  { id: "U0BEN", name: "Ben", title: "on-call engineer, secondary", tz: "Europe/London" },
  { id: "U0NIK", name: "Nik", title: "network engineer", tz: "Europe/London" },
  { id: "U0TOM", name: "Tom", title: "support lead", tz: "Europe/London" },
  { id: "U0OWEN", name: "Owen", title: "agent developer", tz: "Europe/London" },
  { id: "U0GUS", name: "Gus", title: "guest", tz: "Europe/London", guest: true },
  { id: "U0DANA", name: "Dana", title: "has left", tz: "Europe/London", deleted: true },
  { id: BOT.userId, name: BOT.name, title: "app", tz: "UTC", bot: true },
];

/** User groups, for those who keep their on-call there. */
export const GROUPS: readonly { id: string; handle: string; members: readonly string[] }[] = [
  { id: "S0SECURITY", handle: "security-on-call", members: ["U0SAM"] },
];

export const CHANNELS: readonly Channel[] = [
  { id: "C0PAYMENTS", name: "payments-approvals", bot: true, private: true },
  { id: "C0CLOUD", name: "cloud-approvals", bot: true },
  { id: "C0SECURITY", name: "security-approvals", bot: true, private: true },
  { id: "C0MAIL", name: "email-approvals", bot: true },
  { id: "C0ALARMS", name: "countersign-alarms", bot: true },
  { id: "C0GENERAL", name: "general", bot: false },
];
