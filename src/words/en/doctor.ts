import { counted } from "../counted.ts";

/** What `countersign doctor` finds, each with its fix where there is something to fix. */
const isOrAre = (count: number): string => (count === 1 ? "is" : "are");
const itOrThem = (count: number): string => (count === 1 ? "it" : "them");

/** What a configuration holds, in numbers. */
export const heldBy = (reviewers: number, queues: number, types: number, rules: number): string =>
  [
    counted(reviewers, "reviewer", "reviewers"),
    counted(queues, "queue", "queues"),
    counted(types, "action type", "action types"),
    counted(rules, "rule", "rules"),
  ].join(", ");

export const doctor = {
  areas: {
    settings: "Settings",
    machine: "This machine",
    configuration: "Configuration",
    database: "Database",
    slack: "Slack",
  },
  marks: { good: "✓ good ", note: "! note ", wrong: "✗ wrong" },
  healthy: (notes: number): string => {
    const known = notes === 0 ? "" : notes === 1 ? ", and one thing is worth knowing" : `, and ${notes} things are worth knowing`;
    return `\nNothing keeps a start from being healthy${known}.`;
  },
  ill: (wrong: number): string =>
    wrong === 1
      ? "\nOne thing keeps a start from being healthy (✗). Fix it, then look again: npx countersign doctor"
      : `\n${wrong} things keep a start from being healthy (✗). Fix them, then look again: npx countersign doctor`,
  late: (what: string, seconds: number): string =>
    `${what} did not answer within ${seconds} s: look whether it is reachable from here`,
  broke: (what: string, why: string): string => `${what} could not be looked at (${why})`,
  settings: {
    good: "every setting can be used",
    half: "what the settings above stand for is not looked at until they are fixed",
  },
  machine: {
    node: (version: string): string => `Node ${version}`,
    oldNode: (version: string, least: number): string => `Node ${version} is too old: install Node ${least} or newer`,
    readableFile: (file: string): string => `${file} holds secrets and others on this machine can read it: chmod 600 ${file}`,
    dataDir: (dir: string): string => `${dir} takes data`,
    freshDataDir: (dir: string): string => `${dir} is made by the first start`,
    noDataDir: (dir: string, why: string): string =>
      `nothing can be written to ${dir} (${why}): make it writable for whoever starts Countersign, or set COUNTERSIGN_DATA_DIR`,
    noDirectory: (place: string): string => `${place} is no directory`,
    openDataDir: (dir: string): string => `${dir} can be read by others on this machine: chmod o-rwx ${dir}`,
    anyPort: (name: string): string => `${name} is 0: a free port is taken`,
    freePort: (name: string, port: number): string => `port ${port} (${name}) is free`,
    ownPort: (port: number): string => `Countersign runs on port ${port} and is ready`,
    slowToSay: (port: number): string => `Countersign runs on port ${port} and did not say in time whether it is ready`,
    unready: (port: number): string =>
      `Countersign runs on port ${port} and is not ready; it says why to whoever brings its METRICS_TOKEN`,
    ownLocalSlack: (port: number): string => `the local Slack runs on port ${port}`,
    foreignPort: (name: string, port: number): string => `port ${port} is in use by another program: set ${name} to a free one`,
    otherCountersign: (name: string, port: number): string =>
      `port ${port} is in use by a Countersign that keeps its data elsewhere: stop it, or set ${name} to a free port`,
    noPort: (name: string, port: number, why: string): string =>
      `port ${port} (${name}) cannot be opened (${why}): set ${name} to one above 1023, and HOST to an address of this machine`,
  },
  configuration: {
    good: (file: string, reviewers: number, queues: number, types: number, rules: number): string =>
      `${file}: ${heldBy(reviewers, queues, types, rules)}`,
    example: (file: string): string =>
      `there is no ${file}, so the local Slack uses the example; npx countersign init writes one`,
    inForce: (number: number): string => `the file is in force, as configuration ${number}`,
    news: (number: number): string =>
      `the file is an edit: it is put in force as configuration ${number}, by the next start or within seconds`,
    first: "the file is put in force as configuration 1 by the first start",
  },
  database: {
    embedded: "the embedded one; it starts with the server",
    reached: (where: string, version: number, role: string): string =>
      `Postgres ${version} answers at ${where} to the role ${role}`,
    old: (version: number, least: number): string => `Postgres ${version} is too old: use ${least} or newer`,
    nobody: (where: string): string => `nobody answers at ${where}: start Postgres there, or fix DATABASE_URL`,
    refused: (where: string): string => `Postgres at ${where} refuses the login: check the role and its password in DATABASE_URL`,
    standby: (where: string): string =>
      `what answers at ${where} is a standby, which takes no writes: name the primary in DATABASE_URL, or every host`,
    absent: (where: string): string => `Postgres at ${where} has no such database: create it, or fix DATABASE_URL`,
    migrated: "every migration is applied",
    startMigrates: (count: number): string =>
      `${count === 1 ? "one migration is" : `${count} migrations are`} missing; the next start applies ${itOrThem(count)}`,
    agentWithoutKey: (name: string): string =>
      `${name} stands in the configuration and has no key: npx countersign agents add ${name}`,
    fewRights: (what: string): string =>
      `the role may not read what it needs (${what}): run npx countersign migrate, which gives it its rights`,
  },
  slack: {
    local: "the local one, where anyone can click as anyone",
    token: (team: string): string => `the bot token is accepted by the workspace ${team}`,
    otherTeam: (configured: string, actual: string): string =>
      `the configuration says workspace: ${configured} but the token belongs to ${actual}, so nobody can decide: fix one`,
    scopes: "the bot has every scope",
    lacks: (scopes: readonly string[]): string =>
      `the bot lacks ${scopes.join(", ")}: add ${itOrThem(scopes.length)} under OAuth & Permissions, then reinstall the app`,
    untoldScopes: "Slack did not say which scopes the bot has; compare them with manifest.yml",
    socket: "the app-level token opens a socket",
    noSocket: (why: string): string =>
      `Slack does not open a socket (${why}): check SLACK_APP_TOKEN, its scope connections:write, and that Socket Mode is on`,
    channels: (count: number): string => `the bot can post to ${count === 1 ? "the channel" : `all ${count} channels`}`,
    alarms: "alarms",
    public: (channels: readonly string[]): string =>
      `the policy speaks of restricted data, and ${channels.join(", ")} ${isOrAre(channels.length)} public: make those private`,
    people: (count: number): string => `Slack knows ${count === 1 ? "the reviewer" : `all ${count} reviewers`} as full members`,
    unknown: (who: string): string =>
      `${who} can decide nothing: Slack knows no such full member of this workspace. Correct the id, or take it out`,
    nobodyIn: (queue: string): string => `Slack knows none of the people of the queue ${queue}, so nobody can decide there`,
    notAsked: (count: number): string =>
      `${count} reviewers were not looked up, for Slack takes its time; look again in a minute`,
  },
} as const;
