import type { Wire } from "./interactions.ts";
import { METHODS } from "./methods.ts";

const RESPONSE_USES_MAX = 5;
const RESPONSE_MS_MAX = 30 * 60_000;

/** A `response_url`: five uses within 30 minutes, then it is worth nothing. What it says is seen by the clicker only, unless `in_channel` is asked for. */
export function respond(wire: Wire, id: string, body: Record<string, unknown>): { ok: boolean; error?: string } {
  const known = wire.world.state.responseUrls.get(id);
  const age = known === undefined ? 0 : wire.world.clock.now().getTime() - known.at;
  if (known === undefined || age > RESPONSE_MS_MAX) return { ok: false, error: "expired_url" };
  if (known.uses >= RESPONSE_USES_MAX) return { ok: false, error: "used_url" };
  known.uses++;
  const method = body["response_type"] === "in_channel" ? "chat.postMessage" : "chat.postEphemeral";
  const answer = METHODS[method]?.(wire.world, { ...body, channel: known.channel, user: known.userId });
  return answer?.ok === true ? { ok: true } : { ok: false, error: answer?.error ?? "invalid_payload" };
}
