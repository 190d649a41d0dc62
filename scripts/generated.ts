import { readFileSync } from "node:fs";
import pino from "pino";
import { stringify } from "yaml";
import { z } from "zod";
import type { Limit } from "../src/domain/base/limit.ts";
import { LIMITS } from "../src/domain/base/limits.ts";
import { TRANSITIONS } from "../src/domain/life/transitions.ts";
import { EscalationRequest } from "../src/domain/shapes/request.ts";
import { STATES } from "../src/domain/shapes/vocabulary.ts";
import { NO_TRACE } from "../src/engine/trace.ts";
import { describeProperties } from "../src/http/document.ts";
import { createHttpServer } from "../src/http/server.ts";
import { ApiEscalation } from "../src/http/shapes.ts";
import { MANIFEST } from "../src/slack/api/manifest.ts";

/** Everything that is generated, by file. */
export async function generated(): Promise<Record<string, string>> {
  return {
    "manifest.yml": `# Generated from src/slack/api/manifest.ts by scripts/generate-docs.ts. Replace YOUR-HOST, then: api.slack.com/apps → Create New App → From a manifest.\n${stringify(MANIFEST, { lineWidth: 140 })}`,
    "docs/state-machine.md": stateMachine(),
    "docs/operations.md": withLimits(readFileSync("docs/operations.md", "utf8")),
    "docs/openapi.json": await openapi(),
    "docs/escalation.schema.json": jsonSchema(),
  };
}

function stateMachine(): string {
  const arrows = TRANSITIONS.map(
    (t) => `    ${t.from ?? "[*]"} --> ${t.to}: ${t.on}${t.endedReason === null ? "" : ` / ${t.endedReason}`}`,
  );
  const rows = TRANSITIONS.map((t) => `| ${t.from ?? "–"} | ${t.on} | ${t.to} | ${t.endedReason ?? ""} | ${t.what} |`);
  return [
    "# The states of an escalation",
    "",
    "Generated from the one table of legal transitions (`src/domain/life/transitions.ts`) by `node scripts/generate-docs.ts`; a test keeps it fresh.",
    `States: ${STATES.map((state) => `\`${state}\``).join(", ")}. An escalation has ended as soon as it has an end reason, and never reopens then.`,
    "",
    "```mermaid",
    "stateDiagram-v2",
    ...[...new Set(arrows)],
    "```",
    "",
    "| from | event | to | ended because | what happens |",
    "|---|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

const BEGIN = "<!-- limits: written by scripts/generate-docs.ts from src/domain/base/limits.ts -->";
const END = "<!-- end of limits -->";

/** The one table of a page that is otherwise written by hand. */
function withLimits(page: string): string {
  const [before, rest] = page.split(BEGIN);
  const [, after] = rest?.split(END) ?? [];
  if (before === undefined || after === undefined) throw new Error("docs/operations.md has lost the marks around its limits");
  const rows = Object.entries<Limit>(LIMITS).map(([name, one]) => `| \`${name}\` | ${amount(one)} | ${one.of} | ${one.beyond} |`);
  return [`${before}${BEGIN}`, "| limit | | of | beyond it |", "|---|---|---|---|", ...rows, `${END}${after}`].join("\n");
}

function amount({ value, unit }: Limit): string {
  if (unit === "bytes" && value % 2 ** 20 === 0) return `${value / 2 ** 20} MiB`;
  if (unit === "ms" && value % 1000 === 0) return `${value / 1000} s`;
  return `${value.toLocaleString("en-GB")} ${unit}`;
}

/** What an agent sends and what it gets back, for those who validate by JSON Schema. */
function jsonSchema(): string {
  const options = { unrepresentable: "any" } as const;
  const schema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $defs: {
      request: z.toJSONSchema(EscalationRequest, { ...options, io: "input" }),
      escalation: z.toJSONSchema(ApiEscalation, options),
    },
  };
  describeProperties(schema.$defs.request, "escalations");
  describeProperties(schema.$defs.escalation, "escalations");
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** The HTTP contract, from the zod schemas, without anything running behind it. */
async function openapi(): Promise<string> {
  const nothing = {} as never;
  const app = await createHttpServer({
    engine: nothing,
    authenticate: nothing,
    isActiveKey: nothing,
    log: pino({ level: "silent" }),
    trace: NO_TRACE,
    directory: nothing,
    local: false,
    readiness: async () => [],
    notes: async () => [],
    metrics: nothing,
    metricsAccess: { token: null, loopback: false },
  });
  await app.ready();
  const document = app.swagger();
  await app.close();
  return `${JSON.stringify(document, null, 2)}\n`;
}
