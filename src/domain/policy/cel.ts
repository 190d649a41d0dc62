import { type ASTNode, Environment } from "@marcbachmann/cel-js";
import { domainsOf, type Lists, listKey, listKeys } from "./lists.ts";

/**
 * Business rules are CEL expressions. This is the only file that knows the library: what a rule may read, and what it may not do.
 */
export type RuleContext = {
  action: { type: string; environment: string; target: string; reversible: boolean };
  params: Record<string, unknown>;
  agent: string;
  session_id: string;
  requested_by: string;
  signals: { confidence: number; risk: number; ood: number };
  flags: string[];
  classification: string;
  /** Seconds; what carries no time, or one that has not come yet, is infinitely old. */
  evidence: { oldest_age: number };
  provenance: { age: number };
  labels: Record<string, string>;
  /** What it has read, by kind. */
  session: { taints: string[] };
  after_hours: boolean;
  hour: number;
  weekday: string;
  velocity: Record<"agent" | "target", { count_1h: number; count_24h: number; sum_1h: number; sum_24h: number }>;
};

const counts = { schema: { count_1h: "double", count_24h: "double", sum_1h: "double", sum_24h: "double" } };

function createEnvironment(lists: Lists): Environment {
  const limits = { maxAstNodes: 200, maxDepth: 32, maxListElements: 100, maxMapEntries: 20, maxCallArguments: 8 };
  const schemas: Record<string, unknown> = {
    action: { schema: { type: "string", environment: "string", target: "string", reversible: "bool" } },
    params: "map",
    agent: "string",
    session_id: "string",
    requested_by: "string",
    signals: { schema: { confidence: "double", risk: "double", ood: "double" } },
    flags: "list<string>",
    classification: "string",
    evidence: { schema: { oldest_age: "double" } },
    provenance: { schema: { age: "double" } },
    labels: "map<string, string>",
    session: { schema: { taints: "list<string>" } },
    after_hours: "bool",
    hour: "double",
    weekday: "string",
    velocity: { schema: { agent: counts.schema, target: counts.schema } },
  };
  const known = new Map(Object.entries(lists).map(([name, entries]) => [name, new Set(listKeys(entries))]));
  return Object.entries(schemas)
    .reduce((env, [name, schema]) => env.registerVariable(name, schema as never), new Environment({ limits }))
    .registerFunction("in_list(string, dyn): bool", (name: string, value: unknown) => isListed(known.get(name), value))
    .registerFunction("domains(dyn): list<string>", (value: unknown) => domainsOf(value) ?? notComparable());
}

/**
 * One value, or any of several. What cannot be looked up is neither in the list nor out of it, so that the rule counts whichever
 * it asks.
 */
function isListed(list: ReadonlySet<string> | undefined, value: unknown): boolean {
  const values = Array.isArray(value) ? value : [value];
  const keys = values.map((one) => (["string", "number", "bigint"].includes(typeof one) ? listKey(String(one)) : null));
  if (list === undefined || keys.length === 0) return notComparable();
  return keys.some((key) => list.has(key ?? notComparable()));
}

function notComparable(): never {
  throw new CelError("not_a_value");
}

export type Expression = {
  /** Throws CelError where it cannot be evaluated. */
  evaluate(context: RuleContext): unknown;
  reads: ReadonlySet<string>;
  /** The parameters it reads, and those that it asks `has()` about without a "not": what is left out makes that false. */
  readsParams: ReadonlySet<string>;
  guards: ReadonlySet<string>;
  /** The lists it looks into. */
  lists: ReadonlySet<string>;
};

/** What went wrong, as a code: the library's sentences repeat what the agent sent, and nobody is shown them. */
export class CelError extends Error {
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

type Compiled = { ok: true; expression: Expression } | { ok: false; fault: string };

/**
 * Compiles and type-checks expressions that may look into these lists; the fault is one sentence. `wanted`: what one must yield.
 */
export function createCompiler(lists: Lists): (source: string, wanted: "bool" | "number") => Compiled {
  const environment = createEnvironment(lists);
  return (source, wanted) => {
    try {
      return compileIn(environment, lists, source, wanted);
    } catch (error) {
      return { ok: false, fault: firstLine(error) };
    }
  };
}

const firstLine = (error: unknown): string => (error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error));

function compileIn(environment: Environment, lists: Lists, source: string, wanted: "bool" | "number"): Compiled {
  const parsed = environment.parse(source);
  const checked = parsed.check();
  if (!checked.valid) return { ok: false, fault: firstLine(checked.error) };
  const type = checked.type ?? "dyn";
  const fits = wanted === "bool" ? type === "bool" : ["double", "int", "uint", "dyn"].includes(type);
  if (!fits)
    return {
      ok: false,
      fault: `this yields ${type}, but a ${wanted === "bool" ? "condition (true or false)" : "number"} is needed`,
    };
  const seen = { reads: new Set<string>(), readsParams: new Set<string>(), guards: new Set<string>(), lists: new Set<string>() };
  const banned = walk(parsed.ast, seen, lists);
  if (banned !== null) return { ok: false, fault: banned };
  const evaluate = (context: RuleContext) => {
    try {
      return parsed(context);
    } catch (error) {
      throw new CelError(codeOf(error));
    }
  };
  return { ok: true, expression: { evaluate, ...seen } };
}

const codeOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "code" in error && typeof error.code === "string" ? error.code : "failed";

type Seen = Record<"reads" | "readsParams" | "guards" | "lists", Set<string>>;

/** Collects what is read; `matches` is refused, because a short hostile input can keep a regular expression busy for seconds. */
function walk(value: unknown, seen: Seen, lists: Lists, denied = false): string | null {
  if (Array.isArray(value)) {
    for (const one of value) {
      const banned = walk(one, seen, lists, denied);
      if (banned !== null) return banned;
    }
    return null;
  }
  if (typeof value !== "object" || value === null || !("op" in value)) return null;
  const node = value as ASTNode;
  if (node.op === "id") seen.reads.add(node.args);
  const param = paramOf(node);
  if (param !== null) seen.readsParams.add(param);
  if ((node.op === "call" || node.op === "rcall") && node.args[0] === "matches")
    return "matches() is not allowed in rules; use ==, in, startsWith, endsWith or contains";
  if (node.op === "call" && node.args[0] === "has") {
    const guarded = paramOf(node.args[1][0]);
    if (guarded !== null && !denied) seen.guards.add(guarded);
    return null;
  }
  if (node.op === "call" && node.args[0] === "in_list") {
    const [list] = node.args[1];
    if (list?.op !== "value" || typeof list.args !== "string")
      return 'in_list() begins with the name of a list in quotes, such as in_list("sanctions", params.customer)';
    if (!Object.hasOwn(lists, list.args)) return `there is no list "${list.args}" under lists`;
    seen.lists.add(list.args);
  }
  return walk(node.args, seen, lists, node.op === "!_" ? !denied : denied);
}

/** The name in `params.name`. */
const paramOf = (node: ASTNode | undefined): string | null =>
  node?.op === "." && node.args[0].op === "id" && node.args[0].args === "params" ? node.args[1] : null;
