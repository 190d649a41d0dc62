import type { Requirement, Ruling, Seat, StepRuling } from "../shapes/ruling.ts";
import { stricterTier, TIERS } from "../shapes/vocabulary.ts";

/** After a person changed the parameters: what was required before and what is required now, both. Never less than before. */
export function unionRuling(pinned: Ruling, again: Ruling): Ruling {
  return {
    ...pinned,
    tier: stricterTier(pinned.tier, again.tier),
    reasons: [...again.reasons, ...pinned.reasons.filter((old) => !again.reasons.some((now) => now.rule === old.rule))].sort(
      (a, b) => TIERS.indexOf(b.tier) - TIERS.indexOf(a.tier),
    ),
    requirement: unionRequirement(pinned.requirement, again.requirement),
    idempotent: pinned.idempotent && again.idempotent,
    ...(pinned.steps === undefined ? {} : { steps: unionSteps(pinned.steps, again.steps ?? []) }),
    // What silence does is pinned with the fallback, and so are its words.
    presentation: {
      ...again.presentation,
      owner: pinned.presentation.owner,
      effects: { ...again.presentation.effects, silence: pinned.presentation.effects.silence },
    },
  };
}

const keyOf = (seat: Seat) => `${seat.label}\u0000${[...seat.roles].sort().join(",")}\u0000${[...seat.users].sort().join(",")}`;

/** What was taken out keeps what was said of it; what asked for itself goes on to. */
const unionSteps = (pinned: readonly StepRuling[], again: readonly StepRuling[]): StepRuling[] =>
  pinned.map((before) => {
    const now = again.find(({ id }) => id === before.id);
    return now === undefined ? before : { ...now, tier: stricterTier(before.tier, now.tier), own: before.own ?? now.own };
  });

function unionRequirement(a: Requirement, b: Requirement): Requirement {
  const seats = new Map<string, Seat>();
  for (const seat of [...a.seats, ...b.seats]) {
    const same = seats.get(keyOf(seat));
    const merged =
      same === undefined
        ? seat
        : { ...seat, levelMin: Math.max(same.levelMin, seat.levelMin), count: Math.max(same.count, seat.count) };
    seats.set(keyOf(seat), merged);
  }
  return { seats: [...seats.values()], requestedByRequired: a.requestedByRequired || b.requestedByRequired };
}
