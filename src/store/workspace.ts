/**
 * The workspace that rows belong to. It leads every key and stands in every statement, so that a database may hold several one
 * day, or be distributed by it, without a migration; until then there is this one.
 */
export const WORKSPACE = 1;
