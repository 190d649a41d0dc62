import type { FastifyReply, FastifyRequest } from "fastify";
import { LIMITS } from "../domain/base/limits.ts";
import { say } from "../words/en.ts";
import type { HttpParts } from "./parts.ts";
import { fail, ProblemError } from "./problem.ts";
import { createRateLimit } from "./rate-limit.ts";

export type AuthenticatedAgent = {
  id: string;
  name: string;
  owner: string | null;
  environment: string | null;
  scopes: readonly string[];
  callbackHosts: readonly string[];
};

/** Who asks, from the headers alone: nothing of a stranger's body is read. */
export type Gate = {
  /**
   * The agent behind the bearer key, with what the configuration says about it; 401 without one, 403 without the scope, 429 after
   * too many wrong keys.
   */
  admit(request: FastifyRequest, scope: string): Promise<AuthenticatedAgent>;
};

export function createGate(parts: HttpParts): Gate {
  const wrongKeys = createRateLimit(LIMITS.wrongKeys.value, 60_000);
  return {
    async admit(request, scope) {
      const [scheme, key] = (request.headers.authorization ?? "").split(" ");
      const given = scheme?.toLowerCase() === "bearer" && key !== undefined ? key : null;
      const retryAfterS = wrongKeys.waitS(request.ip);
      // An address may be a proxy's: whoever guesses behind it must not lock out the others, new or just restarted.
      if (retryAfterS > 0 && !(given !== null && (await parts.isActiveKey(given)))) {
        throw new ProblemError({ code: "rate-limited", detail: say.refusedCalls.tooManyWrongKeys, retryAfterS });
      }
      const record = given === null ? null : await parts.authenticate(given);
      if (record === null) {
        wrongKeys.take(request.ip);
        fail("unauthorized", given === null ? say.problems.noKey : say.problems.unknownKey);
      }
      if (!record.scopes.some((one) => one === scope)) fail("forbidden", say.refusedCalls.scopeMissing(scope));
      return withRegistration(parts, record);
    },
  };
}

function withRegistration(parts: HttpParts, record: Omit<AuthenticatedAgent, "callbackHosts">): AuthenticatedAgent {
  const registered = parts.directory().agents.get(record.name);
  return {
    id: record.id,
    name: record.name,
    // Whom the configuration names beside that counts as well, as it is then.
    owner: record.owner,
    environment: registered?.environment ?? record.environment,
    scopes: record.scopes,
    callbackHosts: registered?.callbackHosts ?? [],
  };
}

/** What is left of a refused body is not waited for. */
export function closeAfterRefusal(error: unknown, reply: FastifyReply): void {
  const code = error instanceof ProblemError ? error.problem.code : null;
  if (code === "unauthorized" || code === "rate-limited") reply.header("Connection", "close");
}
