import { apiSession } from "../domain/sessions/api-session.ts";
import type { Taint } from "../domain/sessions/session.ts";
import type { AuthenticatedAgent } from "./authenticate.ts";
import type { HttpParts } from "./parts.ts";
import { ProblemError, refusalProblem } from "./problem.ts";

/** What the session routes do. A session belongs to its agent: another's of the same name is another one. */
export async function getSession({ engine }: HttpParts, agent: AuthenticatedAgent, sessionId: string) {
  const { open, counts, ...standing } = await engine.session(agent.id, sessionId);
  return { ...apiSession(agent.name, sessionId, standing), open, counts };
}

export async function acknowledge(parts: HttpParts, agent: AuthenticatedAgent, sessionId: string) {
  await parts.engine.acknowledgeSession(agent.id, sessionId);
  return getSession(parts, agent, sessionId);
}

export async function addTaints(parts: HttpParts, agent: AuthenticatedAgent, sessionId: string, taints: readonly Taint[]) {
  const refused = await parts.engine.taintSession({ agentId: agent.id, id: sessionId }, taints);
  if (refused !== null) throw new ProblemError(refusalProblem(refused));
  return getSession(parts, agent, sessionId);
}
