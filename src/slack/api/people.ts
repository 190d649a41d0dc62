import { LIMITS } from "../../domain/base/limits.ts";
import type { Person } from "../../domain/people/authority.ts";
import { faultOf, refusalCode, type SlackApi } from "./client.ts";

/** Who clicked: what Slack says about the account, kept for less than the 60 s that a decision allows. */
const KEPT_MS = 40_000;
type Account = NonNullable<Person["account"]>;

/** Whether somebody may read what is sent to them unasked is looked up less often. */
const RECALLED_MS = 5 * 60_000;

export type People = {
  lookUp(userId: string, teamId: string): Promise<Person>;
  /**
   * The same for whoever has clicked nothing: a Home that is kept fresh, a page. Good for some minutes, and never for a decision.
   */
  recall(userId: string): Promise<NonNullable<Person["account"]> | null>;
};

/** `learnTeam`: asks Slack once which workspace the bot's token belongs to, where the configuration does not say it. */
export function createPeople(api: SlackApi, learnTeam: () => Promise<void>): People {
  const kept = new Map<string, { account: Account; at: number }>();
  async function ask(userId: string): Promise<Account | null> {
    const at = performance.now();
    const account = await askSlack(api, userId);
    if (kept.size >= LIMITS.peopleKept.value) kept.clear();
    if (account !== null) kept.set(userId, { account, at });
    return account;
  }
  return {
    async lookUp(userId, teamId) {
      // Not knowing refuses: the directory then names no workspace that anybody belongs to.
      await learnTeam().catch(() => {});
      const known = kept.get(userId);
      const age = known === undefined ? Number.POSITIVE_INFINITY : performance.now() - known.at;
      if (known !== undefined && age < KEPT_MS) return { userId, teamId, account: known.account, accountAgeS: age / 1000 };
      const at = performance.now();
      const account = await ask(userId);
      return { userId, teamId, account, accountAgeS: (performance.now() - at) / 1000 };
    },
    async recall(userId) {
      await learnTeam().catch(() => {});
      const known = kept.get(userId);
      if (known !== undefined && performance.now() - known.at < RECALLED_MS) return known.account;
      return ask(userId);
    },
  };
}

type Told = { team_id?: string; enterprise_user?: { enterprise_id?: string; teams?: string[] } };

/** In an Enterprise Grid Slack may leave out `team_id` and name the workspaces of the person and the organisation instead. */
function teamsOf({ team_id, enterprise_user }: Told): string[] {
  const all = [team_id, ...(enterprise_user?.teams ?? []), enterprise_user?.enterprise_id];
  return [...new Set(all.filter((one): one is string => one !== undefined && one !== ""))];
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
      teams: teamsOf(user),
    };
  } catch (error) {
    const code = refusalCode(faultOf(error));
    // Not the same as no answer: there is nobody of that name.
    const isNobody = code === "user_not_found" || code === "user_not_visible";
    return isNobody ? { deleted: true, bot: false, guest: false, stranger: false, teams: [] } : null;
  }
}
