import type { State } from "../state.ts";
import { TEAM } from "../workspace.ts";

/** What Slack tells about a person. */
export function userInfo({ state }: { state: State }, args: Record<string, unknown>) {
  const account = state.accounts.get(String(args["user"]));
  if (account === undefined) return { ok: false, error: "user_not_found" };
  const { id, name, tz } = account;
  return {
    ok: true,
    user: {
      id,
      team_id: account.teamId ?? TEAM.id,
      name: name.toLowerCase(),
      real_name: name,
      tz,
      deleted: account.deleted ?? false,
      is_bot: account.bot ?? false,
      is_restricted: account.guest ?? false,
      is_ultra_restricted: false,
      is_stranger: account.stranger ?? false,
      profile: { display_name: name, title: account.title, email: `${name.toLowerCase()}@northwind.example` },
    },
  };
}
