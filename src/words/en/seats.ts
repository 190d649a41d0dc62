/** Who has to agree, in the words of an organisation: the numbers of levels stand in the policy file alone. */
const LEVELS = ["", "", "manager", "compliance"] as const;
const LEVEL_MAX = LEVELS.length - 1;

/** A label that names the level already says it. */
const atLevel = (label: string, level: number): string => {
  const name = LEVELS[level] ?? "";
  if (name === "" || label.toLowerCase().includes(name)) return "";
  return level < LEVEL_MAX ? ` at ${name} level or above` : ` at ${name} level`;
};

export const seats = {
  /** Where the policy names no kind of person, only how much authority it takes. */
  anybody: ["a reviewer", "a reviewer", "a manager", "a compliance reviewer"],
  /** "2 × a lead engineer", "a payments reviewer at manager level or above". */
  seat: (label: string, count: number, level: number): string =>
    `${count > 1 ? `${count} × ` : ""}${label}${atLevel(label, level)}`,
  several: (each: readonly string[]): string => each.join(" and "),
  onlyFrom: (level: number): string =>
    level >= LEVEL_MAX
      ? "After that, only people at compliance level can approve."
      : `After that, only people at ${LEVELS[level]} level or above can approve.`,
} as const;
