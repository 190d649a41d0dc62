/** What those who run the house read: alarms about it, what `/readyz` notes, and what the command line answers. */
export const operator = {
  /** Why the policy file lets something be done before people have looked at it that it may not. */
  softReview: {
    irreversible: "soft_review does it before people have looked at it, and this can't be undone; use hard_approval",
    undoMissing: 'soft_review needs "undo" on the action type: how it is undone, in words that people and the agent read',
    ofType: (type: string, why: string) => `it applies to ${type}: ${why}`,
    goesWithUndo: 'this goes with "undo"; add that to the action type, or remove this',
  },
  whichDelivery: (verb: string) => `Which one? countersign deliveries ${verb} ID`,
  notSetAside: (id: string) => `${id} is not set aside (uncertain or dead). See: countersign deliveries`,
  notOwed: (id: string) => `There is no delivery ${id}. See: countersign deliveries`,
  resent: (id: string) => `${id} is owed again; a running server sends it within a second.`,
  skipped: (id: string) => `${id} is owed no longer; the audit log keeps that it was left out.`,
  start: {
    listens: (url: string) => `Countersign listens on ${url}`,
    open: (url: string) => `Open  ${url}   a local Slack with sample agents: press "Refund a customer" there`,
    dataIn: (dir: string) => `Data and log: ${dir} · stop with Ctrl-C`,
  },
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
    nameTaken: (name: string) => `There is an agent named ${name} already. Choose another name, or use: agents rotate ${name}`,
    notActive: (name: string) => `There is no active agent named ${name}. See: agents list`,
    revoked: (name: string) =>
      [
        `${name} is revoked: its keys stop working within a second, nothing is sent to it any more,`,
        "and what it has waiting is withdrawn as soon as a server runs.",
      ].join(" "),
  },
  recovery: {
    needed: (point: string) =>
      [
        `the database was restored to an earlier point (${point}), and what was done after that point would be done again:`,
        "run npx countersign recover --to TIME as its owner, before any server",
      ].join(" "),
    brokenOff: "npx countersign recover was broken off: run it again with the same --to, before any server",
    whichTime: "Which point was it restored to? --to takes a time with its zone, such as 2026-11-24T21:00:00Z.",
    inFuture: (to: string) => `${to} lies in the future. Which point was the database restored to?`,
    notOwner: "This needs the owner of the database: set DATABASE_MIGRATION_URL.",
    serversRun: (count: number) =>
      `Servers hold ${count === 1 ? "a connection" : `${count} connections`}. Stop every replica first, and keep them stopped.`,
    noConfiguration:
      "The configuration in force cannot be read: run the version that wrote it, or see npx countersign config check.",
    noHeads: "it does not say where any stream ends",
    noExport: (file: string, why: string) => `${file} cannot be read as an export of the audit log: ${why}`,
    dry: "Only looking: nothing is written, here or in Slack.",
    owed: (count: number) => `Deliveries that may have been sent: ${count}. Each is looked for before it is sent again.`,
    streams: (differing: number) =>
      differing === 0
        ? "The export: every stream of it stands here as it was exported."
        : `The export: ${differing} of its streams the database does not have as exported.`,
    lostEntries: (stream: string, from: number, to: number) =>
      `  ${stream}: ${from === to ? `entry ${to} is` : `entries ${from} to ${to} are`} lost`,
    differs: (stream: string, exported: number, here: number) =>
      `  ${stream}: goes on in another way before entry ${exported} (here it has ${here})`,
    escalations: (ended: number, again: number) =>
      [
        `Open at that point: ${ended} may have run since, so they ended and are allowed no more;`,
        `${again} are asked again, as they may have been decided since.`,
      ].join(" "),
    asked: "asked again",
    already: (to: string, at: string) =>
      `The restore to ${to} was recovered from at ${at}; nothing is done a second time. Only Slack is looked through once more.`,
    slackNotSetUp: "Slack is not set up here: cards of what is lost were not looked for. A click on one is told that it is lost.",
    slackChannel: (channel: string, read: number, lost: number) =>
      `Slack ${channel}: ${read} messages of ours, ${lost} of what is lost.`,
    slackFault: (channel: string, why: string) =>
      `Slack ${channel}: not looked through to its end (${why}). A click there is told it is lost.`,
    lostCard: (channel: string, ts: string, id: string, dry: boolean, refused: string | null) => {
      const drawn = refused === null ? "now says that it is lost" : `still stands as it was (Slack: ${refused})`;
      return `  ${id}: its card ${ts} in ${channel} ${dry ? "would be marked as lost" : drawn}`;
    },
    done: (to: string) => `Recovered from the restore to ${to}. Start the servers now.`,
    cardTitle: "Lost in a restore",
    cardWhy: (to: string, id: string) =>
      `The database had to be put back to ${to}, and this was asked for after that. Nothing can be decided here now. \`${id}\``,
  },
  database: {
    behind: (pending: readonly string[]) =>
      [
        `the database lacks ${pending.length === 1 ? "the migration" : "the migrations"} ${pending.join(", ")}:`,
        "run npx countersign migrate with DATABASE_MIGRATION_URL set to its owner, before any server of this version",
      ].join(" "),
    unreachable: "the database cannot be reached: check DATABASE_URL",
    noPrimary: [
      "only standbys answer at DATABASE_URL, which take no writes:",
      "wait until one is the primary, or name every host of the database there",
    ].join(" "),
    forRole: (wrong: readonly [string, string][]) =>
      [
        "behind a pooler the role has to have the settings that each connection would ask for. As its administrator:",
        ...wrong.map(([name, value]) => `ALTER ROLE … SET ${name} = '${value}';`),
        "then let the pooler reconnect",
      ].join(" "),
    dropped: (wrong: readonly [string, string][]) =>
      [
        `connections are not set up as they ask to be (${wrong.map(([name]) => name).join(", ")}):`,
        "a pooler stands in between, so set DATABASE_POOLER=transaction",
      ].join(" "),
    copiedLate: (standbys: number) =>
      [
        `${standbys === 1 ? "One other node copies" : `${standbys} other nodes copy`} this database,`,
        "and no commit waits for that: when this node is lost, so is what was acknowledged last.",
        "Set synchronous_standby_names, or synchronous_mode in Patroni.",
      ].join(" "),
    waitsForNobody: [
      "Every commit waits for a synchronous standby, and none is connected: nothing can be stored until one is.",
      "Start it again, or let another stand in (synchronous_standby_names).",
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
