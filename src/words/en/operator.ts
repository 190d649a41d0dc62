/** What those who run the house read: alarms about it, what `/readyz` notes, and what the command line answers. */
export const operator = {
  configuration: {
    inForce: (version: string) => `✓ The configuration is usable again and in force (policy ${version}).`,
    notUsable: (problem: string) =>
      `The configuration is not usable${problem === "" ? "" : ` (${problem})`}; the last good one stays in force.`,
    badFile: (file: string, problem: string, number: number) =>
      `${file} is not usable (${problem}): configuration ${number} stays in force`,
    replaced: (file: string, was: number, number: number) =>
      [
        `${file} is configuration ${was}, which configuration ${number} has replaced: ${number} is in force here too.`,
        "Bring the file up to date; to go back to it: npx countersign config adopt FILE",
      ].join(" "),
    replacedOn: (host: string, file: string, was: number, number: number) =>
      [
        `On ${host} the file ${file} is configuration ${was}, which configuration ${number} has replaced.`,
        `${number} is in force there too, so nothing is decided by the old one. Bring the file up to date;`,
        "to go back to it: npx countersign config adopt FILE",
      ].join(" "),
    unreadable: (number: number, problem: string) =>
      [
        `configuration ${number} is in force but this version cannot read it (${problem}):`,
        "run the version that wrote it, or fix the configuration",
      ].join(" "),
    noneYet: (file: string) =>
      `${file} is not usable and no good configuration is stored yet; fix the lines above (npx countersign config check)`,
    adopted: (file: string, number: number) => `${file} is in force as configuration ${number}, on every replica within seconds.`,
    alreadyInForce: (file: string, number: number) => `${file} is in force already, as configuration ${number}.`,
    lonelyTransfer: (queue: string, name: string, seat: string): string =>
      [
        `silence sends it to the queue "${queue}", where only ${name} can fill the seat ${seat};`,
        "give a second person there what it takes, or transfer to another queue",
      ].join(" "),
    overtaken: "Another configuration was put in force at the same moment. Look at it, then try again.",
  },
  reviewers: {
    unconfirmed: (userIds: readonly string[]) => `Slack did not say just now who these reviewers are: ${userIds.join(", ")}`,
    unknown: (userId: string) =>
      [
        `Slack does not know the reviewer ${userId}, or the account is deactivated:`,
        "nothing reaches them, and they can decide nothing",
      ].join(" "),
    noMember: (userId: string) => `the reviewer ${userId} is a guest, an app or from outside: they can decide nothing`,
    elsewhere: (userId: string) => `the reviewer ${userId} belongs to another workspace: they can decide nothing`,
    notLookedAt: (count: number) => `${count} more reviewers were not looked up`,
  },
  routes: {
    noMail: (queue: string, step: string) =>
      `the step "${step}" of the queue ${queue} pages by e-mail, and SMTP_URL is not set: its people are paged in Slack only`,
    noPager: (queue: string, step: string, missing: readonly string[]) =>
      [
        `the step "${step}" of the queue ${queue} pages by pager, and without ${missing.join(", ")} no pager rings for`,
        "whoever has that one",
      ].join(" "),
  },
  agents: {
    revoked: (name: string) =>
      [
        `${name} is revoked: its keys stop working within a second, nothing is sent to it any more,`,
        "and what it has waiting is withdrawn as soon as a server runs.",
      ].join(" "),
  },
  database: {
    behind: (pending: readonly string[]) =>
      [
        `the database lacks ${pending.length === 1 ? "the migration" : "the migrations"} ${pending.join(", ")}:`,
        "run npx countersign migrate with DATABASE_MIGRATION_URL set to its owner, before any server of this version",
      ].join(" "),
    owns: (role: string) =>
      [
        `The server works as the role ${role}, which owns the tables and could rewrite the log.`,
        "Give it DATABASE_URL with a role of its own, and DATABASE_MIGRATION_URL only to npx countersign migrate.",
      ].join(" "),
    shifted: [
      "The clock that deadlines are judged on has been moved (clock_shift).",
      "Set it back to zero as the owner, unless this is a demonstration.",
    ].join(" "),
  },
} as const;
