import { expect, test } from "vitest";
import { generated } from "../../scripts/generated.ts";
import { EscalationRequest } from "../../src/domain/shapes/request.ts";
import * as shapes from "../../src/http/shapes.ts";
import { say } from "../../src/words/en.ts";

/** The published contract tells what everything in it means. */
const files = await generated();
const openapi = JSON.parse(files["docs/openapi.json"] ?? "{}");
const jsonSchema = JSON.parse(files["docs/escalation.schema.json"] ?? "{}");

type Node = Record<string, any>;
function properties(node: Node, at: string, found: [string, Node][] = []): [string, Node][] {
  for (const [name, property] of Object.entries<Node>(node["properties"] ?? {})) {
    found.push([`${at}/${name}`, property]);
    properties(property, `${at}/${name}`, found);
  }
  for (const inner of [
    node["items"],
    node["additionalProperties"],
    ...["anyOf", "oneOf", "allOf"].flatMap((key) => node[key] ?? []),
  ])
    if (typeof inner === "object") properties(inner, at, found);
  return found;
}

const operations = Object.entries<Node>(openapi.paths).flatMap(([path, methods]) =>
  Object.entries<Node>(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
);
const contents = operations.flatMap(({ name, operation }) =>
  [operation["requestBody"], ...Object.values<Node>(operation["responses"])]
    .flatMap((one) => Object.values<Node>(one?.["content"] ?? {}))
    .map((media) => ({ name, media })),
);

test("every property of the contract says what it means, and every answer has a name of its own", () => {
  const all = contents.flatMap(({ name, media }) => properties(media["schema"], name));
  expect(all.length).toBeGreaterThan(900);
  expect(all.filter(([, property]) => !(property["description"]?.length > 3)).map(([at]) => at)).toEqual([]);
  for (const one of [jsonSchema.$defs.request, jsonSchema.$defs.escalation])
    expect(properties(one, "").filter(([, property]) => property["description"] === undefined)).toEqual([]);
  expect(JSON.stringify(openapi)).not.toContain("Default Response");
});

test("no word about the API is left over from something that is gone", () => {
  const text = JSON.stringify(openapi) + JSON.stringify(jsonSchema);
  expect(Object.values(say.api.properties).filter((words) => !text.includes(JSON.stringify(words).slice(1, -1)))).toEqual([]);
});

test("every call has an example, and the examples are what the calls take and answer", () => {
  const takes: Record<string, { parse(value: unknown): unknown }> = {
    "": EscalationRequest,
    "POST /v1/escalations/{id}/messages": shapes.Message,
    "POST /v1/escalations/{id}/resume": shapes.Resume,
    "POST /v1/escalations/{id}/outcome": shapes.Outcome,
    "POST /v1/escalations/{id}/steps/{step}/outcome": shapes.Outcome,
    "POST /v1/escalations/{id}/flag": shapes.Flag,
    "POST /v1/escalations/{id}/cancel": shapes.Cancel,
    "POST /v1/sessions/{session_id}/taints": shapes.AddedTaints,
  };
  const gives: Record<string, { parse(value: unknown): unknown }> = {
    "": shapes.ApiEscalation,
    "GET /v1/escalations": shapes.EscalationList,
    "GET /v1/escalations/{id}/audit": shapes.AuditList,
    "POST /v1/escalations/{id}/resume": shapes.Resumed,
    "POST /v1/escalations/{id}/flag": shapes.Flagged,
    "POST /v1/policy/evaluate": shapes.Evaluated,
    "GET /v1/sessions/{session_id}": shapes.Session,
    "POST /v1/sessions/{session_id}/acknowledge": shapes.Session,
    "POST /v1/sessions/{session_id}/taints": shapes.Session,
  };
  for (const { name, operation } of operations) {
    const sent = operation["requestBody"]?.content["application/json"].example;
    if (operation["requestBody"] !== undefined) (takes[name] ?? takes[""])?.parse(sent);
    const good = Object.entries<Node>(operation["responses"]).find(([status]) => status.startsWith("2"))?.[1];
    (gives[name] ?? gives[""])?.parse(good?.["content"]["application/json"].example);
  }
});
