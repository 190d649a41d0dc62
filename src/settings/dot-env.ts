import { existsSync } from "node:fs";

/** Puts what stands in `.env` into the environment, where there is such a file; what is set already stays. */
export function loadDotEnv(): void {
  if (existsSync(".env")) process.loadEnvFile(".env");
}
