import { type Delivery, readDelivery } from "../../domain/consequences/deliveries.ts";
import type { Place, Seen } from "../../store/look.ts";
import type { Committed } from "../commands/commit.ts";

/**
 * What a commit of this process owes at once. `delivery`: the row as it was written, where it is new: what is known so well need
 * not be looked for.
 */
export type Told = { lane: string; priority: number; revision: number; delivery: Delivery | null };

export function toldBy({ after, owed, rows }: Committed): Told[] {
  return owed.flatMap(({ lane, kind, payload, priority, deliveryId, afterMs = 0 }) => {
    if (afterMs > 0) return [];
    const row = rows.get(deliveryId);
    const told = { lane, priority, revision: after.revision };
    if (row === undefined) return [{ ...told, delivery: null }];
    const envelope = {
      id: row.id,
      lane,
      kind,
      escalationId: after.id,
      agentId: after.agentId,
      deliveryId,
      generation: 1,
      told: 0,
      attempts: 0,
      startedAt: null,
      triedAt: null,
      status: "owed" as const,
      lastError: null,
      createdAt: row.at,
      runAt: row.at,
    };
    const delivery = readDelivery(envelope, payload);
    return [{ ...told, delivery: "unreadable" in delivery ? null : delivery }];
  });
}

/** Where cards stand that this process has posted or drawn itself, so that nobody need look. */
export type Standing = {
  arrived(escalationId: string, place: string, at: Place): void;
  /** Another process may have moved any of them. */
  forget(): void;
  /** As a look would find it; null where it has to. */
  seen(told: Told): Seen | null;
};

export function createStanding(entriesMax: number): Standing {
  const stands = new Map<string, Place>();
  const keyOf = (escalationId: string, place: string) => `${escalationId} ${place}`;
  return {
    arrived(escalationId, place, at) {
      const key = keyOf(escalationId, place);
      const known = stands.get(key);
      // An update of the message that stood there before, which took its time.
      if (known !== undefined && known.channel === at.channel && known.ts > at.ts) return;
      stands.delete(key);
      stands.set(key, { channel: at.channel, ts: at.ts });
      const [oldest] = stands.keys();
      if (stands.size > entriesMax && oldest !== undefined) stands.delete(oldest);
    },
    forget: () => stands.clear(),
    seen({ delivery, priority, revision }) {
      if (delivery === null || delivery.escalationId === null) return null;
      const seen = { delivery, priority, revision, isCrowded: false, isHeld: true };
      // What is posted stands nowhere yet.
      if (delivery.kind === "card_post") return { ...seen, at: null };
      // Whoever draws the card may have posted it anew, and tells only itself.
      if (delivery.kind !== "card_update") return null;
      const at = stands.get(keyOf(delivery.escalationId, delivery.payload.channel));
      return at === undefined ? null : { ...seen, at };
    },
  };
}
