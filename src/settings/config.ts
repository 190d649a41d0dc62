import { readFileSync } from "node:fs";
import path from "node:path";
import { type Document, isMap, isScalar, LineCounter, parseDocument } from "yaml";
import { parseKept } from "../domain/base/kept.ts";
import type { Directory } from "../domain/people/directory.ts";
import { compilePolicy, compileRules, compileStored, type Policy } from "../domain/policy/compile.ts";
import type { Lists } from "../domain/policy/lists.ts";
import { faultsOf } from "./config-faults.ts";
import { ConfigFile } from "./config-file.ts";
import { warningsOf } from "./config-warnings.ts";
import { directoryOf } from "./directory.ts";
import { fillIn } from "./left-out.ts";
import { NOTHING_BESIDE, type ReadBeside, readLists } from "./lists.ts";
import type { Fault } from "./policy-entries.ts";
import { expressionFault, type Problem, pathWords, yamlFault } from "./problem-words.ts";

/** YAML → a whole, checked configuration, or every fault with its line, its column and the mend. */
export type Config = {
  directory: Directory;
  policy: Policy;
  text: string;
  /** What it may say, and hardly means. */
  warnings: readonly Problem[];
};
export type ConfigResult = { ok: true; config: Config } | { ok: false; problems: Problem[] };

const BYTES_MAX = 1024 * 1024;

const MEND = "npx countersign init writes a first one; or set COUNTERSIGN_CONFIG to your configuration file";

/** `mend`: what to do where there is no such file. */
export function readConfigFile(file: string, mend = MEND): ConfigResult {
  const found = readConfigText(file, mend);
  return found.ok ? parseConfig(found.text, false, readerBeside(file)) : found;
}

export function readConfigText(file: string, mend = MEND): { ok: true; text: string } | { ok: false; problems: Problem[] } {
  try {
    return { ok: true, text: readFileSync(file, "utf8") };
  } catch (error) {
    const { code = "error" } = error as NodeJS.ErrnoException;
    const message = code === "ENOENT" ? `there is no such file; ${mend}` : `the file cannot be read (${code})`;
    return { ok: false, problems: [{ line: 0, column: 0, path: "", message }] };
  }
}

/** Reads what lies beside a configuration file, by its name there. */
export const readerBeside =
  (file: string): ReadBeside =>
  (name) => {
    try {
      return readFileSync(path.join(path.dirname(file), name), "utf8");
    } catch {
      return null;
    }
  };

/**
 * `kept`: a text that was good once, under rules that may have grown stricter since. Only what it takes to read it is checked:
 * running deadlines need it.
 */
export function parseConfig(text: string, kept = false, readBeside: ReadBeside = NOTHING_BESIDE): ConfigResult {
  if (Buffer.byteLength(text) > BYTES_MAX)
    return { ok: false, problems: [{ line: 0, column: 0, path: "", message: "the file is larger than 1 MiB" }] };
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, strict: true });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const { line, col } = lines.linePos(broken.pos[0]);
    return { ok: false, problems: [{ line, column: col, path: "", message: yamlFault(broken) }] };
  }
  const failed = (faults: Fault[]): ConfigResult => ({ ok: false, problems: problemsAt(document, lines, faults) });
  let raw: unknown;
  try {
    raw = fillIn(document.toJS({ maxAliasCount: 50 }));
  } catch (error) {
    return failed([{ path: [], message: error instanceof Error ? error.message : "too many aliases" }]);
  }
  const parsed = ConfigFile.safeParse(raw);
  const file = parsed.success ? parsed.data : kept ? parseKept(ConfigFile, raw) : null;
  if (file === null) return failed((parsed.error?.issues ?? []).flatMap(faultsOfIssue));
  const directory = directoryOf(file);
  const { lists, faults: listFaults } = readLists(file, readBeside);
  const { faults } = compileRules(file.policy, lists);
  const expressions = faults.map((fault): Fault => {
    const path = ["policy", ...fault.path];
    return { path, message: expressionFault(document.getIn(path), fault.message) };
  });
  const unreadable = [...listFaults, ...expressions];
  const all = [...unreadable, ...faultsOf(file, directory)];
  if (all.length > 0 && !(kept && unreadable.length === 0)) return failed(all);
  const channels = Object.fromEntries([...directory.queues.values()].map((queue) => [queue.name, queue.channel]));
  const stored = { schema: 1 as const, raw: (raw as { policy: unknown }).policy, channels, lists };
  const policy = kept ? compileStored(stored) : compilePolicy(stored);
  if (policy === null) throw new Error("a kept configuration was readable and its policy was not");
  const warnings = problemsAt(document, lines, warningsOf(file, directory, policy.rules));
  return { ok: true, config: { directory, policy, text: withListsInside(document, text, file, lists), warnings } };
}

/** As it is kept: whole by itself, whatever happens to the files beside it. */
function withListsInside(document: Document, text: string, file: ConfigFile, lists: Lists): string {
  const outside = Object.entries(file.lists).filter(([, source]) => !Array.isArray(source));
  for (const [name] of outside) document.setIn(["lists", name], lists[name]);
  return outside.length === 0 ? text : document.toString({ lineWidth: 0 });
}

type Issue = {
  path: readonly PropertyKey[];
  message: string;
  code: string;
  keys?: string[];
  errors?: { path: readonly PropertyKey[]; message: string; code: string }[][];
};

/** A misspelt key is shown at the key itself; of a union the closest alternative is named. */
function faultsOfIssue(issue: unknown): Fault[] {
  const { path, message, code, keys, errors } = issue as Issue;
  if (code === "unrecognized_keys")
    return (keys ?? []).map((key) => ({
      path: [...path, key],
      message: `unknown key "${key}": check the spelling, or remove it`,
    }));
  if (code === "invalid_union" && errors !== undefined && errors.length > 0) {
    const closest = errors.reduce((a, b) => (b.length < a.length ? b : a));
    return closest.flatMap((inner) => faultsOfIssue({ ...inner, path: [...path, ...inner.path] }));
  }
  return [{ path: [...path], message }];
}

function problemsAt(document: Document, lines: LineCounter, faults: readonly Fault[]): Problem[] {
  const problems = faults.map(({ path, message }) => ({
    ...placeOf(document, lines, path),
    path: pathWords(document, path),
    message,
  }));
  return problems.sort((a, b) => a.line - b.line || a.column - b.column);
}

/** Where a path stands in the text; the nearest parent where the key itself is missing. */
function placeOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): { line: number; column: number } {
  for (let length = path.length; length > 0; length--) {
    const offset = offsetOf(document, path.slice(0, length));
    if (offset === null) continue;
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  }
  return { line: 1, column: 1 };
}

function offsetOf(document: Document, path: readonly PropertyKey[]): number | null {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  if (isMap(parent)) {
    const pair = parent.items.find((item) => isScalar(item.key) && String(item.key.value) === String(last));
    if (pair !== undefined && isScalar(pair.key)) return pair.key.range?.[0] ?? null;
    return null;
  }
  const node = document.getIn(path, true) as { range?: [number, number, number] } | undefined;
  return node?.range?.[0] ?? null;
}
