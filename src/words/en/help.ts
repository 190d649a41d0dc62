/** `--help` of the command line: one entry for each command, or for each of its verbs. */
const FILTERS: readonly (readonly [string, string])[] = [
  ["--agent NAME", "asked for by this agent"],
  ["--person U…", "decided, or otherwise acted on, by this person"],
  ["--type TYPE", "of this action type; payments.* for all of a kind"],
  ["--outcome NAME", "approve, modify, reject, answer …"],
  ["--since DATE", "from this date or time (UTC) on, such as 2026-11-01"],
  ["--until DATE", "until this date or time"],
];

export const help = {
  title: "countersign – agents ask, people decide",
  settings: "Settings come from the environment and .env, as for npm start; .env.example names them all.",
  more: "More about one of them: npx countersign COMMAND --help",
  sections: { usage: "Usage", options: "Options", example: "Example", exits: "Exit codes", verbs: "Commands" },
  exits: "0  done\n  1  not done; the reason is said in a sentence",
  unknown: (what: string, meant: string | null, all: string): string =>
    `There is no command ${what}${meant === null ? "." : `; did you mean ${meant}?`} See: npx ${all} --help`,
  incomplete: (commands: readonly string[], all: string): string => `Say which: ${commands.join(", ")}. See: npx ${all} --help`,
  badOption: (why: string, command: string): string => `${why}. See: npx countersign ${command} --help`,
  commands: {
    doctor: {
      usage: "doctor [--json]",
      does: "what keeps a start from being healthy, each with its fix; starts and changes nothing",
      options: [["--json", "the findings as JSON, for scripts"]],
      example: "npx countersign doctor",
      exits: "0  nothing is wrong (notes may be there)\n  1  something marked ✗ keeps a start from being healthy",
    },
    init: {
      usage: "init [FILE] [--for FIELD]",
      does: "write a first configuration, ./countersign.yaml unless FILE says otherwise; overwrites nothing",
      options: [["--for FIELD", "begin from support, health, finance, security, engineering or hr"]],
      example: "npx countersign init --for finance",
    },
    "config check": {
      usage: "config check [FILE]",
      does: "check a configuration before it goes live: every fault with line, column and fix, then warnings",
      options: [],
      example: "npx countersign config check",
      exits: "0  good, perhaps with warnings\n  1  not usable, with all that is wrong",
    },
    "config adopt": {
      usage: "config adopt [FILE]",
      does: "put a configuration in force on every replica, also one that was in force before",
      options: [],
      example: "npx countersign config adopt countersign.yaml",
    },
    "agents add": {
      usage: "agents add NAME [--owner U…] [--environment E] [--scope S]",
      does: "make an agent; its key and its callback secret are shown once",
      options: [
        ["--owner U…", "the Slack user id of whoever answers for it, and never decides for it"],
        ["--environment E", "where it works, such as production"],
        ["--scope S", "escalations, evaluate, feedback, oversight; several with commas (escalations,evaluate)"],
      ],
      example: "npx countersign agents add billing-agent --owner U0OWEN --environment production",
    },
    "agents list": {
      usage: "agents [list]",
      does: "the agents, their owners and environments and where these come from, and their keys",
      options: [],
      example: "npx countersign agents list",
    },
    "agents rotate": {
      usage: "agents rotate NAME [--now]",
      does: "a second key, so that a change has no gap",
      options: [["--now", "all older keys and callback secrets end at once: a key was stolen"]],
      example: "npx countersign agents rotate billing-agent --now",
    },
    "agents revoke": {
      usage: "agents revoke NAME",
      does: "end an agent for good: its keys, its callbacks, and what it has waiting",
      options: [],
      example: "npx countersign agents revoke billing-agent",
    },
    migrate: {
      usage: "migrate",
      does: "apply what the database lacks, with DATABASE_MIGRATION_URL as its owner; needs no Slack settings",
      options: [],
      example: "DATABASE_MIGRATION_URL=postgresql://… DATABASE_URL=postgresql://… npx countersign migrate",
    },
    recover: {
      usage: "recover --to TIME [--export FILE] [--dry-run]",
      does: "after a restore to an earlier point: let nothing that may have run run again, and tell people and agents",
      options: [
        ["--to TIME", "the point that the database was restored to, such as 2026-11-24T21:00:00Z"],
        ["--export FILE", "the last audit export, to say which of its entries are lost"],
        ["--dry-run", "say what would be done, and do nothing"],
      ],
      example: "DATABASE_MIGRATION_URL=postgresql://… npx countersign recover --to 2026-11-24T21:00:00Z",
    },
    "deliveries list": {
      usage: "deliveries [list]",
      does: "messages and callbacks that are owed, uncertain or dead",
      options: [],
      example: "npx countersign deliveries",
    },
    "deliveries resend": {
      usage: "deliveries resend ID",
      does: "owe one again that was set aside; a running server sends it within a second",
      options: [],
      example: "npx countersign deliveries resend 4721",
    },
    "deliveries skip": {
      usage: "deliveries skip ID",
      does: "owe one no longer, set aside or not; the audit log keeps that it was left out",
      options: [],
      example: "npx countersign deliveries skip 4721",
    },
    "audit verify": {
      usage: "audit verify [FILE]",
      does: "check the whole log against itself and against what the database holds, or an export without database or network",
      options: [
        ["--since TIME", "only what was open or has changed since then"],
        ["--against FILE", "an earlier export: none of what it holds may be missing or changed now"],
      ],
      example: "npx countersign audit verify countersign-audit.jsonl",
      exits: "0  the log verifies\n  1  it does not; every fault is named",
    },
    "audit search": {
      usage: "audit search [FILTERS]",
      does: "who decided what",
      options: FILTERS,
      example: "npx countersign audit search --person U0PRIYA --type payments.* --outcome approve",
    },
    "audit export": {
      usage: "audit export [FILE] [FILTERS]",
      does: "write the log, or what the filters find, as JSON lines",
      options: FILTERS,
      example: "npx countersign audit export november.jsonl --since 2026-11-01 --until 2026-12-01",
    },
  },
} as const;
