import path from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/global-setup.ts"],
    setupFiles: ["test/support/properties.ts"],
    reporters: ["default", "./test/support/plain-line-reporter.ts"],
    // What tests start as processes of their own compiles the same few hundred files each time: the second one reads what the first compiled.
    env: { NODE_COMPILE_CACHE: path.resolve("node_modules/.cache/compiled") },
    pool: "forks",
    // No module keeps a state of its own, so that files of one worker can share what was loaded: a fifth of the time.
    isolate: false,
    maxWorkers: 2,
    // A test that passes on its second try is no reason to turn a change away, but one to look at: it is named at the end.
    // At one's own desk it fails.
    retry: process.env["CI"] === "true" ? 1 : 0,
    // A hunt tries PROPERTY_RUNS times as many cases.
    testTimeout: 90_000 * Number(process.env["PROPERTY_RUNS"] ?? "1"),
    hookTimeout: 120_000,
  },
});
