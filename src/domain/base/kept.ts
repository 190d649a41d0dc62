import type { z } from "zod";

/**
 * Reads what an earlier release accepted and stored: keys that this one no longer knows are left out, instead of making the whole
 * of it unreadable. Null where something else is wrong with it.
 */
export function parseKept<T extends z.ZodType>(schema: T, raw: unknown): z.output<T> | null {
  const copy = structuredClone(raw);
  for (let pass = 0; pass < PASSES_MAX; pass++) {
    const parsed = schema.safeParse(copy);
    if (parsed.success) return parsed.data;
    const unknown = parsed.error.issues.flatMap((issue) => unknownKeys(issue as Issue, []));
    if (unknown.length === 0) return null;
    for (const path of unknown) remove(copy, path);
  }
  return null;
}

/** Removing a key can only bring up what lay below it; the nesting of a configuration is shallow. */
const PASSES_MAX = 20;

type Issue = { path: PropertyKey[]; code: string; keys?: string[]; errors?: Issue[][] };

/** Of alternatives, those of the one that comes closest. */
function unknownKeys(issue: Issue, at: readonly PropertyKey[]): PropertyKey[][] {
  const path = [...at, ...issue.path];
  if (issue.code === "unrecognized_keys") return (issue.keys ?? []).map((key) => [...path, key]);
  if (issue.code !== "invalid_union" || issue.errors === undefined || issue.errors.length === 0) return [];
  const onlyUnknown = issue.errors.filter((one) => one.every((inner) => inner.code === "unrecognized_keys"));
  const [closest] = onlyUnknown.sort((a, b) => a.length - b.length);
  return (closest ?? []).flatMap((inner) => unknownKeys(inner, path));
}

function remove(from: unknown, path: readonly PropertyKey[]): void {
  const last = path.at(-1);
  const parent = path.slice(0, -1).reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), from);
  if (isObject(parent) && last !== undefined) delete parent[last];
}

const isObject = (value: unknown): value is Record<PropertyKey, unknown> => typeof value === "object" && value !== null;
