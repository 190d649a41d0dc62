/**
 * The workspace that rows belong to. It leads every key and stands in every statement, so that a database may hold several one
 * day, or be distributed by it, without a migration; until then there is this one.
 */
export const WORKSPACE = 1;

/**
 * Rows of a table by their key, beside each row of what stands before it in FROM. A join leaves the planner free to read the
 * whole workspace instead, and while a table is small, or was when the plan was made, it does: the plan stays, and the table
 * grows.
 */
export const byKey = (table: string, key: string): string =>
  `LATERAL (SELECT * FROM ${table} WHERE workspace = ${WORKSPACE} AND ${key} OFFSET 0)`;
