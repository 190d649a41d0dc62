import { say } from "../words/en.ts";
import { EXAMPLES } from "./examples.ts";

/** The parts of an OpenAPI document, or of a JSON Schema, that are gone through here. */
type Schema = {
  description?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
};
type Content = Record<string, { schema?: Schema; example?: unknown }>;
type Operation = { requestBody?: { content: Content }; responses: Record<string, { description: string; content?: Content }> };
type Document = { paths?: Record<string, Record<string, Operation>> };

/** Says of every property what it means; `parent` is the nearest name around it. Where a schema says so itself, that stands. */
export function describeProperties(jsonSchema: object, parent: string): void {
  const schema = jsonSchema as Schema;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const words = say.api.properties[`${parent}.${name}`] ?? say.api.properties[name];
    if (property.description === undefined && words !== undefined) property.description = words;
    describeProperties(property, name);
  }
  const { items, additionalProperties, anyOf = [], oneOf = [], allOf = [] } = schema;
  for (const inner of [items, additionalProperties, ...anyOf, ...oneOf, ...allOf])
    if (typeof inner === "object") describeProperties(inner, parent);
}

/** The document with words for every property, an example of every call, and what each answer is. */
export function completeDocument<T>(document: T): T {
  for (const [path, methods] of Object.entries((document as Document).paths ?? {})) {
    const call = path.split("/").at(-1) ?? "";
    for (const [method, operation] of Object.entries(methods)) {
      const name = `${method.toUpperCase()} ${path}`;
      const example = EXAMPLES[name];
      for (const media of Object.values(operation.requestBody?.content ?? {})) {
        if (media.schema !== undefined) describeProperties(media.schema, call);
        if (example?.sent !== undefined) media.example = example.sent;
      }
      for (const [status, answer] of Object.entries(operation.responses)) {
        const good = status.startsWith("2");
        if (good) answer.description = say.api.answers[name] ?? answer.description;
        for (const media of Object.values(answer.content ?? {})) {
          if (media.schema !== undefined) describeProperties(media.schema, good ? call : "problem");
          if (good && example !== undefined) media.example = example.answered;
        }
      }
    }
  }
  return document;
}
