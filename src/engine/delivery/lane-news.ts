/**
 * What is known of lanes without looking: in which something is owed that no look has seen, and in which nothing was left when
 * the last send ended.
 */
export type LaneNews = {
  owed(lanes: readonly string[]): void;
  /**
   * A look begins that passes these over; answers which lanes it is told of, so many at a time. Where it fails, that is owed as
   * before.
   */
  look(passedOver: readonly string[]): string[];
  /** Something was found there. */
  found(lanes: readonly string[]): void;
  started(lane: string): void;
  /** A send is over, the last one of its lane or not. Answers whether there is, or may be, more to find in its lane. */
  ended(lane: string, isMore: boolean, isLast: boolean): boolean;
  /** More is to be looked for than the last look was told of. */
  hasMore(passedOver: readonly string[]): boolean;
  /** Others may have had the lanes meanwhile. */
  forgetClear(): void;
  /** Nothing is owed there, as far as this process knows, and nothing is being sent. */
  isClear(lane: string): boolean;
};

/** What one look is told of. */
const TOLD_MAX = 256;
/** What is forgotten is looked for. */
const LANES_MAX = 10_000;
/** Lanes that are busy at each look are looked at once in such a time. */
const ASK_AFTER_MS = 1000;

export function createLaneNews(): LaneNews {
  const unseen = new Set<string>();
  const clear = new Set<string>();
  let askedAfterMs = 0;
  return {
    owed(lanes) {
      for (const lane of lanes) {
        const [oldest] = unseen;
        if (unseen.size >= LANES_MAX && oldest !== undefined) unseen.delete(oldest);
        unseen.add(lane);
        clear.delete(lane);
      }
    },
    look(passedOver) {
      // What another replica owes in a lane that is always busy is found all the same.
      if (performance.now() - askedAfterMs > ASK_AFTER_MS) {
        askedAfterMs = performance.now();
        for (const lane of passedOver) unseen.add(lane);
      }
      const seen = [...unseen].filter((lane) => !passedOver.includes(lane)).slice(0, TOLD_MAX);
      for (const lane of seen) unseen.delete(lane);
      return seen;
    },
    found(lanes) {
      for (const lane of lanes) clear.delete(lane);
    },
    started: (lane) => void clear.delete(lane),
    ended(lane, isMore, isLast) {
      const lookAgain = isMore || unseen.has(lane);
      if (clear.size >= LANES_MAX) clear.clear();
      if (isLast && !lookAgain) clear.add(lane);
      return lookAgain;
    },
    hasMore: (passedOver) => [...unseen].some((lane) => !passedOver.includes(lane)),
    forgetClear: () => clear.clear(),
    isClear: (lane) => clear.has(lane) && !unseen.has(lane),
  };
}
