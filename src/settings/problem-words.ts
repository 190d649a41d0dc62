import type { Document } from "yaml";

/** A fault of the configuration as a person reads it: where, what, and the mend. */
export type Problem = {
  /** 0 = the file as a whole. */
  line: number;
  column: number;
  path: string;
  message: string;
};

/** "countersign.yaml:12:9 rule "refunds over 500" when: …"; nothing stands twice, and no place is made up. */
export function problemLine(file: string, { line, column, path, message }: Problem): string {
  const place = line === 0 ? file : `${file}:${line}:${column}`;
  return `${place}${path === "" ? "" : ` ${path}`}: ${message}`;
}

/** The same inside a sentence, where the file is known. */
export function problemInBrief({ line, path, message }: Problem): string {
  const place = [line === 0 ? null : `line ${line}`, path === "" ? null : path].filter((part) => part !== null);
  return place.length === 0 ? message : `${place.join(", ")}: ${message}`;
}

/** Rules stand in a list, where nobody counts: they are called by their names. */
export function pathWords(document: Document, path: readonly PropertyKey[]): string {
  const [section, list, index, ...rest] = path;
  if (section !== "policy" || list !== "rules" || typeof index !== "number") return path.map(String).join(".");
  const name: unknown = document.getIn(["policy", "rules", index, "name"]);
  const rule = typeof name === "string" && rest[0] !== "name" ? `rule "${name}"` : `rule no. ${index + 1} of policy.rules`;
  return [rule, ...(rest.length === 0 ? [] : [rest.map(String).join(".")])].join(" ");
}

const YAML_MENDS: Record<string, string> = {
  DUPLICATE_KEY: "this key stands twice in its section; remove one of the two",
  TAB_AS_INDENT: "indent with spaces",
  BLOCK_AS_IMPLICIT_KEY: "put a value that holds a colon and a space in quotes",
  BAD_SCALAR_START: "put the value in quotes",
  BAD_DQ_ESCAPE: "use 'single quotes', or write the backslash twice",
  MULTIPLE_DOCS: "keep one document: remove the line with ---",
};

/** What the YAML reader says, without the place that stands before it already. */
export function yamlFault({ code, message }: { code: string; message: string }): string {
  const [first = ""] = message.split("\n");
  const said = first.replace(/ at line \d+, column \d+:?$/, "").replace("'quote", "' quote");
  const mend =
    YAML_MENDS[code] ??
    (/\[|\]|[{}]|quote/.test(said)
      ? "close the bracket or quote that is opened in this line or above it"
      : "look here and in the line above for indentation that differs, a missing colon, or an open bracket or quote");
  return `this is no YAML (${said}); ${mend}`;
}

const CEL_MENDS: [RegExp, string][] = [
  [/EOF|Unterminated/, "it ends too early: add what is missing"],
  [/^Unexpected character: =/, "compare with =="],
  [/^Unknown variable|^No such key/, "docs/policy.md lists what a rule can read"],
  [/overload/, "both sides must be of one kind; write numbers as 500.0 and texts in quotes"],
];

/** The expression itself stands beside what is wrong with it. */
export function expressionFault(expression: unknown, fault: string): string {
  const mend = CEL_MENDS.find(([pattern]) => pattern.test(fault))?.[1];
  const said = mend === undefined ? fault : `${fault}; ${mend}`;
  return `${JSON.stringify(String(expression).slice(0, 120))} cannot be used: ${said}`;
}
