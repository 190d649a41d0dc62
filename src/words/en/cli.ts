/** What commands answer to whoever typed them; what is said of the house itself stands with the words for operators. */
export const cli = {
  agents: {
    which: (verb: string) => `Which agent? countersign agents ${verb} NAME`,
    badName: "An agent's name has small letters, digits, - and _, and starts with a letter or digit.",
    badOwner: "--owner takes a Slack user id, such as U0123456.",
    noScope: (name: string, scopes: readonly string[]) => `There is no scope ${name}; use ${scopes.join(", ")}.`,
    nameTaken: (name: string) =>
      [
        `There is an agent named ${name} already. A new key for it: npx countersign agents rotate ${name}.`,
        "Another agent: npx countersign agents add ANOTHER-NAME",
      ].join(" "),
    nameRevoked: (name: string) =>
      [
        `The name ${name} belongs to an agent that was revoked, and is not used again.`,
        "Choose another one: npx countersign agents add ANOTHER-NAME",
      ].join(" "),
    issued: (name: string, key: string, callbackSecret: string) =>
      [
        name,
        `  key              ${key}`,
        `  callback secret  ${callbackSecret}`,
        "Keep both now: they are not shown again.",
      ].join("\n"),
    none: "No agents yet. Make one: countersign agents add NAME",
    active: (keys: number) => `${keys} active`,
    revoked: "revoked",
    columns: ["NAME", "OWNER", "ENVIRONMENT", "SCOPES", "KEYS", "SINCE"],
  },
  audit: {
    badTime: (option: string) => `--${option} takes a date or a time, such as 2026-11-01 or 2026-11-01T09:00:00Z.`,
    nothingFound: "Nothing was found. The filters: npx countersign audit search --help",
    newestOnly: (count: number) =>
      `The newest ${count}. Narrow it down, or write all of it: countersign audit export FILE with the same filters.`,
    columns: ["WHEN (UTC)", "ESCALATION", "AGENT", "TYPE", "TIER", "DECISION", "STATE", "PEOPLE"],
    faultAt: (stream: string, seq: number | null, fault: string) => `${stream}${seq === null ? "" : ` entry ${seq}`}: ${fault}`,
  },
  config: {
    usesExample: (file: string) => `There is no ${file}, so the local Slack uses the example that is shipped.`,
    good: (file: string, holds: string, version: string) => `${file} is good: ${holds}.\nPolicy version ${version}`,
    warning: (line: string) => `warning: ${line}`,
    checkName: "check its name",
  },
  deliveries: {
    nothingOwed: "Nothing is owed; everything has been delivered.",
    columns: ["ID", "STATUS", "KIND", "ESCALATION", "TRIES", "LANE", "LAST ERROR"],
  },
  init: {
    noTemplate: (field: string, fields: readonly string[]) =>
      `There is no first policy for "${field}"; use --for ${fields.join(" | ")}`,
    thereAlready: (file: string) => `${file} is there already, and is not overwritten. Name another file, or move it away.`,
    wrote: (file: string, listsChoices: boolean) =>
      [
        `Wrote ${file}. Put your own people and channels in${listsChoices ? " (they are listed at its end)" : ""}, then:`,
        "npx countersign config check",
      ].join(" "),
    channels: "Channels:",
    people: "People:",
    noChoices: (why: string | null) => `Slack did not say which channels and people there are (${why ?? "no answer"}).`,
  },
  migrate: {
    nothing: "Nothing to apply.",
    applied: (name: string) => `applied ${name}`,
  },
} as const;
