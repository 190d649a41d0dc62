import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { z } from "zod";
import { ConfigFile } from "../../src/settings/config-file.ts";

type Schema = { properties?: Record<string, Schema> } & Record<string, unknown>;

/** Every key that the file may hold, wherever it stands. */
function keysOf(schema: unknown, found = new Set<string>()): Set<string> {
  if (typeof schema !== "object" || schema === null) return found;
  for (const name of Object.keys((schema as Schema).properties ?? {})) found.add(name);
  for (const inner of Object.values(schema)) keysOf(inner, found);
  return found;
}

test("every key of the configuration stands in docs/policy.md", () => {
  const text = readFileSync("docs/policy.md", "utf8");
  const keys = keysOf(z.toJSONSchema(ConfigFile, { io: "input", unrepresentable: "any" }));
  expect(keys.size).toBeGreaterThan(80);
  expect([...keys].filter((key) => !new RegExp(`\`[^\`]*\\b${key}\\b[^\`]*\``).test(text))).toEqual([]);
});
