import fc from "fast-check";

/**
 * How hard properties are tried. A change is judged by the same cases twice, so CI pins the seed; everybody else draws new ones, and
 * `npm run hunt` draws PROPERTY_RUNS times as many to find what is rare.
 */
export const factor = Number(process.env["PROPERTY_RUNS"] ?? "1");
const pinned = process.env["CI"] === "true" ? { seed: 20_261_121 } : {};
fc.configureGlobal({ numRuns: 100 * factor, ...pinned });

/** The cases of one property; more of them in a hunt. */
export const runs = (usual: number): { numRuns: number } => ({ numRuns: usual * factor });

/** How often a fault is provoked, or how many meet it: ten times as often in a hunt, whatever the factor, because each takes seconds. */
export const faults = (usual: number): number => usual * Math.min(10, factor);
