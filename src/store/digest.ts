/** Digests lie in tables as their 32 bytes; everywhere else they are called by the text that the API shows. */
export const PREFIX = "sha256:";

/** As Postgres reads bytes from a text. */
export const digestBytes = (digest: string): string => `\\x${digest.slice(PREFIX.length)}`;
/** SQL: the text of a digest in a column. */
export const digestText = (column: string): string => `'${PREFIX}' || encode(${column}, 'hex')`;
