import type { State } from "../state.ts";
import { type Account, ENTERPRISE, TEAM } from "../workspace.ts";

function teamFacts({ id, teamId, grid }: Account): object {
  if (grid === undefined) return { team_id: teamId ?? TEAM.id };
  return { enterprise_user: { id, enterprise_id: ENTERPRISE.id, enterprise_name: ENTERPRISE.name, teams: grid } };
}

/** What Slack tells about a person. */
export function userInfo({ state }: { state: State }, args: Record<string, unknown>) {
  const account = state.accounts.get(String(args["user"]));
  if (account === undefined) return { ok: false, error: "user_not_found" };
  const { id, name, tz } = account;
  return {
    ok: true,
    user: {
      id,
      ...teamFacts(account),
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
