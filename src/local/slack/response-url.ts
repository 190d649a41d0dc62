import type { Wire } from "./interactions.ts";
import { answerThere } from "./methods/messages.ts";
import { tell } from "./state.ts";

const RESPONSE_USES_MAX = 5;
const RESPONSE_MS_MAX = 30 * 60_000;

/**
 * A `response_url`: five uses within 30 minutes, then it is worth nothing. What it says is seen by the clicker only, unless
 * `in_channel` is asked for.
 */
export function respond(wire: Wire, id: string, body: Record<string, unknown>): { ok: boolean; error?: string } {
  const { state, clock, changed } = wire.world;
  const known = state.responseUrls.get(id);
  const age = known === undefined ? 0 : clock.now().getTime() - known.at;
  if (known === undefined || age > RESPONSE_MS_MAX) return { ok: false, error: "expired_url" };
  if (known.uses >= RESPONSE_USES_MAX) return { ok: false, error: "used_url" };
  known.uses++;
  const answer = answerThere(wire.world, { ...body, channel: known.channel, user: known.userId });
  if (answer.ok) return { ok: true };
  // Whoever waits for this answer would otherwise see nothing at all.
  tell(state, known.userId, `The app's answer could not be shown: ${answer.error}`);
  changed();
  return { ok: false, error: answer.error ?? "invalid_payload" };
}
