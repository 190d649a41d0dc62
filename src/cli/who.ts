import os from "node:os";

/** Who changes something from a shell, for the log: the account of the machine is all that is known there. */
export function whoRunsThis(): string {
  try {
    return `${os.userInfo().username}@${os.hostname()}`;
  } catch {
    // A container may run under a number that has no name.
    return `uid ${process.getuid?.() ?? "?"}@${os.hostname()}`;
  }
}
