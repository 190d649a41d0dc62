import { existsSync, readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { nearest } from "./nearest.ts";
import { SETTING_NAMES } from "./settings.ts";

export const DOT_ENV = ".env";

/**
 * Puts what stands in `.env` into the environment, where there is such a file; what is set already stays. Returns a line for each
 * name nobody reads.
 */
export function loadDotEnv(): string[] {
  if (!existsSync(DOT_ENV)) return [];
  process.loadEnvFile(DOT_ENV);
  return unknownInFile(DOT_ENV);
}

export const unknownInFile = (file: string): string[] => unknownNames(Object.keys(parseEnv(readFileSync(file, "utf8"))));

/**
 * What others read from the same file: Node and its libraries, the shell, npm, libpq, Docker Compose (the two passwords are
 * compose.yaml's).
 */
const OTHERS = [
  /^(NODE|OTEL|UV|NPM|PG|SSL|LC|COMPOSE|DOCKER|XDG)_|^PG[A-Z]+$/i,
  /^(PATH|HOME|USER|SHELL|TERM|TZ|LANG|CI|DEBUG|EDITOR|TMPDIR|NO_COLOR|FORCE_COLOR|POSTGRES_PASSWORD|APP_PASSWORD)$/i,
  /^(https?|no|all)_proxy$/i,
];

/** A misspelt name would be a setting that is silently not set. Values are not repeated: they may be secrets. */
export function unknownNames(names: readonly string[]): string[] {
  return names.flatMap((name) => {
    if (SETTING_NAMES.includes(name) || /^PAGER_KEY_[A-Z0-9_]{1,40}$/.test(name) || OTHERS.some((one) => one.test(name)))
      return [];
    const meant = nearest(name.toUpperCase(), SETTING_NAMES);
    const hint = meant === null ? "see .env.example" : `did you mean ${meant}?`;
    return [`.env: ${name.slice(0, 60)} is no setting of Countersign and does nothing; ${hint}`];
  });
}
