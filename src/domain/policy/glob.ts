/** `*` stands for anything within one dotted or slashed part, `**` for anything at all. Used for action types and targets. */
export function globMatcher(globs: readonly string[]): (text: string) => boolean {
  const literal = (part: string) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  const patterns = globs.map((glob) => {
    const body = glob
      .split("**")
      .map((outer) => outer.split("*").map(literal).join("[^./]*"))
      .join(".*");
    return new RegExp(`^${body}$`);
  });
  return (text) => patterns.some((pattern) => pattern.test(text));
}
