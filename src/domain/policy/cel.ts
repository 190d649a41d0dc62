import { type ASTNode, Environment } from "@marcbachmann/cel-js";

/** Business rules are CEL expressions. This is the only file that knows the library: what a rule may read, and what it may not do. */
export type RuleContext = {
  action: { type: string; environment: string; target: string; reversible: boolean };
  params: Record<string, unknown>;
  agent: string;
  session_id: string;
  requested_by: string;
  signals: { confidence: number; risk: number; ood: number };
  flags: string[];
  classification: string;
  labels: Record<string, string>;
  after_hours: boolean;
  hour: number;
  weekday: string;
  velocity: Record<"agent" | "target", { count_1h: number; count_24h: number; sum_1h: number; sum_24h: number }>;
};

const counts = { schema: { count_1h: "double", count_24h: "double", sum_1h: "double", sum_24h: "double" } };

function createEnvironment(): Environment {
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
    labels: "map<string, string>",
    after_hours: "bool",
    hour: "double",
    weekday: "string",
    velocity: { schema: { agent: counts.schema, target: counts.schema } },
  };
  return Object.entries(schemas).reduce(
    (env, [name, schema]) => env.registerVariable(name, schema as never),
    new Environment({ limits }),
  );
}
const environment = createEnvironment();

export type Expression = {
  /** Throws CelError where it cannot be evaluated. */
  evaluate(context: RuleContext): unknown;
  reads: ReadonlySet<string>;
  /** The parameters it names. */
  readsParams: ReadonlySet<string>;
};

/** What went wrong, as a code: the library's sentences repeat what the agent sent, and nobody is shown them. */
export class CelError extends Error {
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** Compiles and type-checks an expression; the fault is one sentence. `wanted`: what it must yield. */
export function compileCel(
  source: string,
  wanted: "bool" | "number",
): { ok: true; expression: Expression } | { ok: false; fault: string } {
  const firstLine = (error: unknown) => (error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error));
  try {
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
    const seen = { reads: new Set<string>(), readsParams: new Set<string>() };
    const banned = walk(parsed.ast, seen);
    if (banned !== null) return { ok: false, fault: banned };
    const evaluate = (context: RuleContext) => {
      try {
        return parsed(context);
      } catch (error) {
        throw new CelError(codeOf(error));
      }
    };
    return { ok: true, expression: { evaluate, ...seen } };
  } catch (error) {
    return { ok: false, fault: firstLine(error) };
  }
}

const codeOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "code" in error && typeof error.code === "string" ? error.code : "failed";

type Seen = { reads: Set<string>; readsParams: Set<string> };

/** Collects the variables and parameters read; `matches` is refused, because a short hostile input can keep a regular expression busy for seconds. */
function walk(value: unknown, seen: Seen): string | null {
  if (Array.isArray(value)) {
    for (const one of value) {
      const banned = walk(one, seen);
      if (banned !== null) return banned;
    }
    return null;
  }
  if (typeof value !== "object" || value === null || !("op" in value)) return null;
  const node = value as ASTNode;
  if (node.op === "id") seen.reads.add(node.args);
  if (node.op === "." && node.args[0].op === "id" && node.args[0].args === "params") seen.readsParams.add(node.args[1]);
  if ((node.op === "call" || node.op === "rcall") && node.args[0] === "matches")
    return "matches() is not allowed in rules; use ==, in, startsWith, endsWith or contains";
  return walk(node.args, seen);
}
