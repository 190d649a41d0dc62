import type { SourceAnswer } from "../../engine/on-call/sources.ts";
import { faultOf, type SlackApi } from "./client.ts";

/** The members of a Slack user group, for those who keep their on-call there. */
export async function askUserGroup(api: SlackApi, group: string): Promise<SourceAnswer> {
  try {
    const { users } = await api.outbox.usergroups.users.list({ usergroup: group });
    return { ok: true, userIds: users ?? [], until: null, unmatched: [] };
  } catch (error) {
    const fault = faultOf(error);
    if (fault.kind === "refused") return { ok: false, why: `Slack says ${fault.code} to the user group ${group}` };
    return { ok: false, why: fault.kind === "limited" ? "Slack's rate limit" : "Slack did not answer" };
  }
}
