import { GROUPS, TEAM } from "../workspace.ts";

/** User groups: who is in them, as Slack's API tells it. */
type Args = Record<string, unknown>;

export const USERGROUP_METHODS = {
  "usergroups.list": () => ({
    ok: true,
    usergroups: GROUPS.map(({ id, handle, members }) => ({
      id,
      handle,
      name: handle,
      team_id: TEAM.id,
      user_count: members.length,
    })),
  }),
  "usergroups.users.list": (_world: unknown, args: Args) => {
    const group = GROUPS.find((one) => one.id === args["usergroup"]);
    return group === undefined ? { ok: false, error: "no_such_subteam" } : { ok: true, users: group.members };
  },
};
