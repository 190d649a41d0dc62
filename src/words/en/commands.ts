/** What slash commands answer. Names and times come in as they are to be seen. */
export const commands = {
  next: (command: string) => `Next: \`/countersign ${command}\``,
  help: [
    "*Countersign* – agents ask, people decide.",
    "`/countersign queue [NAME]`  what waits, most pressing first, and who was paged",
    "`/countersign mine`  what waits for you",
    "`/countersign show ID`  one escalation with its history; the end of the id is enough, such as `NQkE`",
    "`/countersign oncall [NAME]`  who is paged now, next, and after that",
    "`/countersign oncall override @person 4h [SOURCE]`, `oncall clear SOURCE`  for admins",
    "`/countersign stats [7d] [QUEUE]`  decisions and waiting times",
    "`/countersign policy [TYPE]`  the action types and rules in force, or all that counts for one type",
    "`/countersign policy try TYPE key=value …`  what would be asked of whom, with nothing stored",
    "`/countersign session AGENT/ID`  what one run of an agent has asked, in order",
    "`/countersign pause TARGET why`, `resume`, `replan`, `terminate`, `note`  for `agent:NAME` or `session:AGENT/ID`",
    "Next: `/countersign mine`",
  ].join("\n"),
  unknown: (name: string, near: string) =>
    `There is no command ${name}. ${near === "" ? "" : `Did you mean \`${near}\`? `}Try \`/countersign help\`.`,
  notReviewer: "You aren't a reviewer of any queue, so there is nothing to show you. An admin can add you.",
  notYourQueue: (wanted: string, yours: string) => `You don't review a queue named ${wanted}. Yours: ${yours}.`,
  andMore: "… and more",

  nothingWaitsIn: (queues: string) => `Nothing waits in ${queues}.`,
  waitingIn: (queues: string) => `*Waiting in ${queues}*, most pressing first`,
  nothingForYou: "Nothing waits for you.",
  nothingFound: "Nothing for you among the next few thousand deadlines of your queues; more may wait behind them.",
  waitingForYou: "*Waiting for you*, nearest deadline first",
  old: (age: string) => `${age} old`,
  by: (at: string) => `by ${at}`,
  paged: (people: string) => `paged ${people}`,

  show: {
    usage:
      "Use `/countersign show ID`: the whole id, or at least 4 characters of its end as it stands on the card, such as `NQkE`.",
    which: "Which one?",
    none: "There is no such escalation in your queues, nor of an agent that you own.",
    noId: (typed: string) => `${typed} is no id of an escalation.`,
    tooShort: (typed: string) => `${typed} is too short to find one.`,
    several: (ending: string) => `Several of yours end in \`${ending}\`; name one by its whole id:`,
    queue: (queue: string) => `queue ${queue}`,
    round: (round: number) => `round ${round}`,
    askedForBy: (who: string) => `asked for by ${who}`,
    asOwner: (agent: string) => `You see this because you own ${agent}. Others decide it.`,
    why: (reasons: string) => `Why: ${reasons}`,
    needs: (seats: string, policy: string) => `Needs: ${seats} · policy ${policy}`,
    priority: (name: string, parts: string) => `Priority: *${name}* – ${parts}`,
    paged: (people: string) => `Paged: ${people}`,
  },

  sessions: {
    usage: [
      "Use `/countersign pause agent:NAME why` or `pause session:AGENT/ID why`;",
      "the same with `resume`, `replan`, `terminate` and `note`.",
    ].join(" "),
    which: "Say which agent, or which of its sessions.",
    why: "Say why: the agent is told, and it stays on the record.",
    tooLong: (max: number) => `Say it in at most ${max} characters.`,
    noAgent: (name: string) => `There is no agent ${name}.`,
    notYours: (agent: string) => `${agent} has asked nothing lately in a queue of yours. An admin can stop it.`,
    levelMissing: (level: number) => `That takes a reviewer of level ${level} or above in a queue of this agent, or an admin.`,
    isStopped: "It is stopped. Use `resume` with what you want to say.",
    agent: (name: string) => `${name}, all of its sessions`,
    session: (id: string, agent: string) => `Session ${id} of ${agent}`,
    done: {
      pause: (target: string) =>
        `${target}: paused. Nothing new is taken and nothing handed out; what waits can be answered, and its deadlines run.`,
      resume: (target: string) => `${target}: goes on.`,
      replan: (target: string) => `${target}: told to plan anew. What waits ends; it goes on once the agent acknowledges.`,
      terminate: (target: string) => `${target}: ended. What waits ends with it.`,
      note: (target: string) => `${target}: told, and not stopped.`,
    },
    read: (what: string) => `It has read ${what}.`,
    adminsOnly: "Only admins can clear what a session has read. They stand in the configuration under `admins`.",
    clearUsage: "Use `/countersign session clear-taint AGENT/ID why`.",
    cleared: (target: string) => `${target}: what it has read is cleared. What was asked before stays as it was judged.`,
    nothingRead: (target: string) => `${target} has read nothing of its own.`,
    stopped: "– stopped",
    told: (directive: string, who: string | null, why: string) => `${directive} by ${who ?? "the policy"}: “${why}”`,
    acknowledged: (at: string) => `(the agent knows since ${at})`,
    earlier: (count: number) => (count > 0 ? `… ${count} earlier` : "… and earlier ones"),
    nothing: "It has asked nothing yet.",
  },

  stats: {
    badSpan: (span: string, max: number) =>
      `${span} is no span that stats knows: whole days, from 1d to ${max}d, such as \`/countersign stats 7d\`.`,
    head: (days: number, queues: string) => `*Last ${days === 1 ? "day" : `${days} days`}* in ${queues}`,
    newestOnly: (count: number) => `There is more than is looked at: the newest ${count.toLocaleString("en")} of the house.`,
    decided: (count: number, shares: string) => `Decided by people: ${count}${shares === "" ? "" : ` · ${shares}`}`,
    share: (what: string, percent: number) => `${what} ${percent} %`,
    shares: {
      approved: "approved",
      changed: "changed",
      rejected: "rejected",
      other: "answered, looked at afterwards, or done by a person",
    },
    nobodyAnswered: (count: number) => `Nobody answered: ${count}`,
    first: "First answer (median · 95 % within · in time):",
    nothingAsked: "nothing was asked",
    kept: (percent: number, of: number) => `${percent} % of ${of}`,
    nameQueue: "… name a queue to see all of it",
    waiting: (queues: string) => `Waiting now: ${queues === "" ? "nothing" : queues}`,
    late: (count: number) => ` (${count} late)`,
    deliveries: (owed: number, delayed: number, uncertain: number, dead: number) =>
      `Deliveries: ${owed} to send (${delayed} delayed) · ${uncertain} uncertain · ${dead} refused for good`,
  },

  policy: {
    undo: (undo: string, unconfirmed: string, within: string | null) =>
      `Undone by: ${undo} · not confirmed in time: ${unconfirmed}${within === null ? "" : ` · rehearsed within ${within}`}`,
    head: (version: string, queues: string, unknown: string) =>
      `*Policy* \`${version}\` · *action types* in ${queues} · an unknown one: ${unknown}`,
    rules: "*Rules* – all that match are listed with a card; the strictest wins",
    rulesOf: "*Rules that can match* – the strictest wins",
    none: "none",
    nameType: "name an action type to see all of its rules",
    notInYours: (type: string, queues: string) => `${type} is not asked in your queues (${queues}).`,
    more: (count: number, what: string) => `… and ${count} more: ${what}`,
    owner: (who: string) => `owner ${who}`,
    everyType: "every type",
    when: (condition: string) => `when ${condition}`,
    below: (signal: string, least: number) => `when ${signal} is below ${least}, or not given`,
    above: (signal: string, most: number) => `when ${signal} is above ${most}, or not given`,
    errorCost: (reviewCost: number, errorCost: string) =>
      `when an error would cost more than ${reviewCost}: ${errorCost} × (1 − confidence)`,
    tiers: {
      autonomous: "runs alone",
      notify: "runs, and people are told",
      soft_review: "runs, and people confirm it",
      hard_approval: "waits for an approval",
      hard_stop: "stops; people do it themselves or reject it",
    },
    impact: (impact: string, reversibility: string, stakes: string, tiers: string) =>
      `Impact: ${impact} · ${reversibility} (${stakes}). Before the rules: ${tiers}`,
    everywhere: (tier: string) => `${tier} in every environment`,
    asks: (seats: string, sla: string, deadline: string, silence: string) =>
      `When it waits, it asks for: ${seats}. First answer within ${sla} · deadline after ${deadline} · silence: ${silence}`,
    handedOn: (queues: string) => `handed on to ${queues}, in the end rejected`,
    asksFor: (seats: string) => `asks for ${seats}`,
    sla: "first answer within",
    deadline: "deadline after",
    silence: "silence:",
    inQueue: (queue: string) => `in the queue ${queue}`,
    unknownType: (type: string, strictest: boolean, tier: string, what: string) => {
      const so = strictest ? "it counts as the strictest there is" : "the rule for unknown types applies";
      return `${type} is not in the risk map, so ${so}: *${tier}* – ${what}.`;
    },
    unknownQueue: (queue: string, strictest: boolean) =>
      `Queue: ${queue} · never answered in a batch${strictest ? "" : " · rules can make it stricter"}`,
    alike: (types: string) => `Known ones like it: ${types}`,
  },

  policyTry: {
    usage: "Use `/countersign policy try TYPE key=value …`, such as `policy try payments.refund amount=1250 confidence=0.9`.",
    noPair: (typed: string) => `${typed} is no key=value.`,
    invalid: (field: string, why: string) => `${field}: ${why}.`,
    elsewhere: (type: string, queue: string) => `${type} would be asked in the queue ${queue}, which you don't review.`,
    more: (count: number) => `… and ${count} more`,
    asks: (is: { seats: string; queue: string; people: string | null; sla: string; deadline: string; silence: string }) =>
      [
        `It would ask for ${is.seats} in the queue ${is.queue}: ${is.people ?? "nobody who could decide it"}.`,
        `First answer within ${is.sla} · deadline after ${is.deadline} · silence: ${is.silence}`,
      ].join(" "),
  },

  onCall: {
    usage:
      "Use `/countersign oncall override @person 4h [SOURCE]` (m, h or d; at most 14d), or `/countersign oncall clear SOURCE`.",
    adminsOnly: "Only admins can change who is on call. They stand in the configuration under `admins`.",
    pagesNobody: (queue: string) => `*${queue}*  pages nobody: its cards stand in the channel`,
    askForOne: "… ask for one queue: `/countersign oncall NAME`",
    noAuthority: "Being paged gives nobody the right to decide.",
    nobody: "*nobody*",
    overrideUntil: (at: string) => `override until ${at}`,
    until: (at: string) => `until ${at}`,
    nextFrom: (people: string, at: string) => `next ${people} from ${at}`,
    cannotDecide: (people: string, count: number) =>
      `⚠ ${people} can't decide this queue's action types, so ${count === 1 ? "is" : "are"} not paged for them`,
    wait: (span: string) => `, then after ${span}`,
    unconfigured: "no longer configured",
    sayWho: "Say who, and for how long.",
    sayHowLong: (who: string) => `Say for how long ${who} is on call.`,
    set: (who: string, source: string, kind: string, until: string, by: string) =>
      `${who} is on call for \`${source}\` (${kind}) until ${until}, by ${by}.`,
    sayWhich: (sources: string) => `Say which: ${sources}. Use \`/countersign oncall clear SOURCE\`.`,
    sayForWhich: (sources: string) => `Say for which: ${sources}.`,
    noOverride: (source: string) => `No override of \`${source}\` is in force.`,
    ended: (count: number, source: string) => `${count === 1 ? "The override" : `${count} overrides`} of \`${source}\` ended.`,
    noSource: "no source is configured",
    unknownSource: (name: string, sources: string) => `There is no on-call source ${name}. There are: ${sources}.`,
    notReviewer: (who: string) => `${who} is not among the reviewers.`,
    ambiguous: (typed: string, people: string) => `${typed} could be ${people}: pick the person from Slack's list.`,
    noSpan: (span: string) => `${span} is no span of time.`,
    noTime: (span: string) => `${span} is no time at all; the shortest is 1m.`,
    tooLong: (span: string) => `${span} is too long: an override lasts at most 14d.`,
  },
} as const;
