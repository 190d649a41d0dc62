/** What an agent reads about a request that could not be taken as it came: beside a pointer, or alone. */
export const problems = {
  noKey: "There is no key: send Authorization: Bearer csk_… (npx countersign agents add NAME makes one).",
  unknownKey: [
    "This key is not known here, or it was revoked: check that all of it was sent, and to the right server",
    "(npx countersign agents lists who has keys, agents add NAME and agents rotate NAME make one).",
  ].join(" "),
  atMost: (most: string, of: string) => `at most ${most}${of}`,
  atLeast: (least: string, of: string) => `at least ${least}${of}`,
  characters: " characters",
  entries: " entries",
  empty: "may not be empty",
  address: "must be a whole address, such as https://shop.example/orders/A-1",
  andMore: (more: number) => ` (and ${more} more: see errors)`,
} as const;
