import { refuseAccount } from "../../domain/people/authority.ts";
import type { Directory } from "../../domain/people/directory.ts";
import type { Refusal } from "../../domain/shapes/refusal.ts";
import type { People } from "../api/people.ts";

/**
 * Whether this account may read what waits; null = yes. Whoever became a guest, left or moved to another workspace reads no more
 * than they may decide.
 */
export async function refuseReader(
  { people, directory }: { people: People; directory: () => Directory },
  userId: string,
): Promise<Refusal | null> {
  const account = await people.recall(userId);
  const { teamId } = directory();
  return refuseAccount(directory(), { userId, teamId: teamId ?? "", account, accountAgeS: 0 });
}
