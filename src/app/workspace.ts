import type { Directory } from "../domain/people/directory.ts";

/** The Slack workspace whose members may decide: the configured one, else the one the bot's own token turns out to belong to. */
export type Workspace = { learn(teamId: string): void; completed(directory: Directory): Directory };

export function createWorkspace(): Workspace {
  let learned: string | null = null;
  let last: { from: Directory; made: Directory } | null = null;
  return {
    learn(teamId) {
      if (teamId !== "") learned = teamId;
    },
    completed(directory) {
      if (directory.teamId !== null || learned === null) return directory;
      if (last?.from !== directory) last = { from: directory, made: { ...directory, teamId: learned } };
      return last.made;
    },
  };
}
