import type { Pool } from "pg";
import { closeHome, openHome, readOpenHomes } from "../../store/homes.ts";

/**
 * Whose App Home is open: those are drawn anew when something in them changes. Read at every sweep, so that all replicas know.
 */
export type OpenHomes = {
  watching(members: readonly string[]): string[];
  opened(userId: string): Promise<void>;
  closed(userId: string): Promise<void>;
  refresh(): Promise<void>;
};

/** Slack does not say when a Home is left: one that was opened longer ago than this is drawn when it is opened again. */
const OPEN_FOR_HOURS = 12;

export function createOpenHomes(pool: Pool): OpenHomes {
  let open = new Set<string>();
  return {
    watching: (members) => (open.size === 0 ? [] : members.filter((member) => open.has(member))),
    async opened(userId) {
      open.add(userId);
      await openHome(pool, userId);
    },
    async closed(userId) {
      open.delete(userId);
      await closeHome(pool, userId);
    },
    async refresh() {
      open = new Set(await readOpenHomes(pool, OPEN_FOR_HOURS));
    },
  };
}
