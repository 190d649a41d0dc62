#!/usr/bin/env node
import { loadDotEnv } from "../settings/dot-env.ts";
import { runCommand } from "./commands.ts";

/** The program `countersign`: the real environment, and what is wrong goes where errors go. */
loadDotEnv();
// Whoever reads it may stop early, as `head` does.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});
process.exitCode = await runCommand(process.argv.slice(2), process.env, (line, kind) => {
  (kind === "fault" ? process.stderr : process.stdout).write(`${line}\n`);
});
