import type { SourceAnswer } from "../../engine/on-call/sources.ts";
import { say } from "../../words/en.ts";
import { faultOf, type SlackApi } from "./client.ts";

const words = say.sending.userGroup;

/** The members of a Slack user group, for those who keep their on-call there. */
export async function askUserGroup(api: SlackApi, group: string): Promise<SourceAnswer> {
  try {
    const { users } = await api.outbox.usergroups.users.list({ usergroup: group });
    return { ok: true, userIds: users ?? [], until: null, unmatched: [] };
  } catch (error) {
    const fault = faultOf(error);
    switch (fault.kind) {
      case "refused":
        return { ok: false, why: words.refused(group, fault.code) };
      case "limited":
        return { ok: false, why: words.limited };
      case "ambiguous":
        return { ok: false, why: words.silent };
    }
  }
}
