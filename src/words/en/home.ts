/** What stands in App Home. */
export const home = {
  notReviewer:
    "You aren't a reviewer here yet. An admin can add you to a queue; then everything that waits for you will appear on this page.",
  nothingWaits: "Nothing waits for you. When an agent needs your answer, it will appear here with its deadline.",
  noDecisions: "Your decisions and what became of them will appear here.",
} as const;
