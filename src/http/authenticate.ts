import type { FastifyRequest } from "fastify";
import type { HttpParts } from "./parts.ts";
import { fail } from "./problem.ts";

export type AuthenticatedAgent = {
  id: string;
  name: string;
  owner: string | null;
  environment: string | null;
  scopes: readonly string[];
  callbackHosts: readonly string[];
};

/** The agent behind the bearer key, with what the configuration says about it; 401 without one, 403 without the scope. */
export async function authenticate(parts: HttpParts, request: FastifyRequest, scope: string): Promise<AuthenticatedAgent> {
  const [scheme, key] = (request.headers.authorization ?? "").split(" ");
  const record = scheme?.toLowerCase() === "bearer" && key !== undefined ? await parts.authenticate(key) : null;
  if (record === null)
    fail("unauthorized", "Send the agent's key: Authorization: Bearer csk_… (npx countersign agents add NAME makes one).");
  if (!record.scopes.some((one) => one === scope)) fail("forbidden", `This key lacks the scope ${scope}.`);
  const registered = parts.directory().agents.get(record.name);
  return {
    id: record.id,
    name: record.name,
    owner: registered?.owner ?? record.owner,
    environment: registered?.environment ?? record.environment,
    scopes: record.scopes,
    callbackHosts: registered?.callbackHosts ?? [],
  };
}
