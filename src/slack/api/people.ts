import type { Person } from "../../domain/people/authority.ts";
import type { SlackApi } from "./client.ts";

/** Who clicked: what Slack says about the account, kept for less than the 60 s that a decision allows. */
const KEPT_MS = 40_000;
type Account = NonNullable<Person["account"]>;

export type People = { lookUp(userId: string, teamId: string): Promise<Person> };

/** `learnTeam`: asks Slack once which workspace the bot's token belongs to, where the configuration does not say it. */
export function createPeople(api: SlackApi, learnTeam: () => Promise<void>): People {
  const kept = new Map<string, { account: Account; at: number }>();
  return {
    async lookUp(userId, teamId) {
      // Not knowing refuses: the directory then names no workspace that anybody belongs to.
      await learnTeam().catch(() => {});
      const known = kept.get(userId);
      const age = known === undefined ? Number.POSITIVE_INFINITY : performance.now() - known.at;
      if (known !== undefined && age < KEPT_MS) return { userId, teamId, account: known.account, accountAgeS: age / 1000 };
      const at = performance.now();
      const account = await askSlack(api, userId);
      if (account !== null) kept.set(userId, { account, at });
      if (kept.size > 5000) kept.clear();
      return { userId, teamId, account, accountAgeS: (performance.now() - at) / 1000 };
    },
  };
}

/** null when Slack did not answer: then nobody is let through. */
async function askSlack(api: SlackApi, userId: string): Promise<Account | null> {
  try {
    const { user } = await api.interactive.users.info({ user: userId });
    if (user === undefined) return null;
    return {
      deleted: user.deleted ?? false,
      bot: user.is_bot ?? false,
      guest: (user.is_restricted ?? false) || (user.is_ultra_restricted ?? false),
      stranger: user.is_stranger ?? false,
      teamId: user.team_id ?? "",
    };
  } catch {
    return null;
  }
}
