import { jsonSchemaTransform } from "fastify-type-provider-zod";
import { say } from "../words/en.ts";

/** What the OpenAPI document says beside the zod schemas: media type and headers of the answers. */
type Header = { type: "string" | "integer"; description: string; enum?: string[] };

const REPLAYED: Header = {
  type: "string",
  enum: ["true"],
  description: say.api.headers.replayed,
};
const RETRY_AFTER: Header = { type: "integer", description: say.api.headers.retryAfter };

/** Errors are problem details under a media type of their own (RFC 9457). */
export const problemAnswer = <T>(description: string, schema: T) => ({
  description,
  content: { "application/problem+json": { schema } },
});

const HEADERS: Record<string, Record<string, Header>> = {
  201: { "Idempotent-Replayed": REPLAYED },
  429: { "Retry-After": RETRY_AFTER },
  503: { "Retry-After": RETRY_AFTER },
};

/** The transform of the zod provider, which knows no headers, with those that belong to the status. */
export const describeRoute: typeof jsonSchemaTransform = (document) => {
  const described = jsonSchemaTransform(document);
  const answers = (described.schema as { response?: Record<string, object> } | undefined)?.response ?? {};
  for (const [status, headers] of Object.entries(HEADERS)) {
    const answer = answers[status];
    if (answer !== undefined) Object.assign(answer, { headers });
  }
  return described;
};
