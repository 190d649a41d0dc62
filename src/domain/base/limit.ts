/** Something that is bounded: how much, of what, and what happens beyond it. */
export type Limit = {
  value: number;
  unit:
    | "ms"
    | "s"
    | "bytes"
    | "calls"
    | "statements"
    | "connections"
    | "rows"
    | "lanes"
    | "tries"
    | "policies"
    | "messages"
    | "entries";
  /** What is counted. */
  of: string;
  /** What happens to what comes beyond it. */
  beyond: string;
};
