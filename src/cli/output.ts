import type { Settings } from "../settings/settings.ts";

export type Cli = { args: readonly string[]; settings: Settings; say: (line: string, kind?: "fault") => void };

/** What a person did wrong at the command line, said without a stack. */
export class CliError extends Error {}

/** Columns side by side. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
