import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decide } from "../../src/domain/life/decide.ts";
import { compilePolicy, compileStored, policySourceText } from "../../src/domain/policy/compile.ts";
import { judge } from "../../src/domain/policy/judge.ts";
import { seatsOf } from "../../src/domain/policy/requirement.ts";
import { sumsOf } from "../../src/domain/policy/velocity.ts";
import { isRefusal } from "../../src/domain/shapes/refusal.ts";
import { TIERS } from "../../src/domain/shapes/vocabulary.ts";
import { parseConfig } from "../../src/settings/config.ts";
import { approve, around, judged, NOW, noVelocity, opened, policy, requestFor, run } from "../support/domain.ts";

const text = readFileSync("countersign.example.yaml", "utf8");
const refund = (amount: number, more: Record<string, unknown> = {}) =>
  judged(
    requestFor("payments.refund", { amount, currency: "USD" }, { action: { target: "customer/1" }, ...more }),
    "refund-agent",
  );

describe("refunds", () => {
  for (const [amount, tier, seats] of [
    [12, "autonomous", 0],
    [50, "autonomous", 0],
    [51, "notify", 0],
    [500, "notify", 0],
    [501, "hard_approval", 1],
    [5001, "hard_approval", 2],
  ] as const) {
    test(`${amount} → ${tier}`, () => expect(refund(amount)).toMatchObject({ tier, requirement: { seats: { length: seats } } }));
  }
  test("every match gives its reason in words, the strictest first", () => {
    const { reasons } = refund(1250, { signals: { confidence: 0.62 } });
    expect(reasons.map((r) => r.detail)).toEqual(
      expect.arrayContaining(["amount over 500", "the agent is 62 % sure, 80 % needed"]),
    );
    expect(reasons[0]?.tier).toBe("hard_approval");
  });
  test("of two that are as strict, the one that names people of its own comes first, because it says why they are asked", () => {
    const { reasons, requirement } = refund(7200);
    expect(requirement.seats).toHaveLength(2);
    expect(reasons.map((one) => one.detail).slice(0, 2)).toEqual([
      "amount over 5,000 needs a second signature",
      "amount over 500",
    ]);
  });
  test("a signal that a rule reads and that is missing counts as the worst", () => {
    expect(refund(12, { signals: {} })).toMatchObject({ tier: "hard_approval" });
    expect(refund(12, { signals: {} }).reasons[0]?.detail).toContain("does not say how sure it is");
  });
  test("a condition that cannot be checked counts as one that holds", () => {
    const { tier, reasons } = judged(
      requestFor("payments.refund", { currency: "USD" }, { action: { target: "c" } }),
      "refund-agent",
    );
    expect(tier).toBe("hard_approval");
    expect(reasons[0]?.detail).toBe("amount is missing, so every amount rule counts");
    const bare = judged(requestFor("payments.refund", {}), "refund-agent");
    expect(bare.presentation.title).toBe("Refund (no amount) to (no target)");
  });
});

test("a rule about a target says so where it counts all that names none", () => {
  const counted = { count1h: 3, count24h: 3, sum1h: 1500, sum24h: 1500 };
  const asked = (action: object, params: object = { amount: 10, currency: "USD" }) =>
    judge(policy, {
      request: requestFor("payments.refund", params as Record<string, unknown>, { action }),
      agent: { name: "refund-agent", environment: "production", owner: null },
      now: NOW,
      velocity: { agent: counted, target: counted },
    }).reasons.map((one) => one.detail);
  const rule = "more than 1,000 for this customer within a day";
  expect(asked({ target: "customer 1" })).toContain(rule);
  expect(asked({})).toContain("no target is named, so this counts: the payee is new or on the watch-list");
  expect(asked({})).toContain(`no target is named, so all that this agent asks for without one counts together: ${rule}`);
  expect(asked({ target: "customer 1" }, { amount: "ten", currency: "USD" })).toContain(
    "amount is no number, so every amount rule counts",
  );
});

test("a target belongs to its environment however it is spelled, and one that nobody can read belongs to the strictest", () => {
  const tierOf = (target: string, environment: string | null, claim = {}) =>
    judge(policy, {
      request: requestFor("cloud.restart_service", { service: "s", reason: "r" }, { action: { target, ...claim } }),
      agent: { name: "cloud-agent", environment, owner: null },
      now: NOW,
      velocity: noVelocity,
    }).tier;
  const spellings = ["checkout-prod-2", "CHECKOUT-Prod-2", "checkout\u2010prod\u20112", "checkout%2Dprod%2D2"];
  spellings.push(
    "eu/checkout-prod-2",
    "checkout-prod-2.internal",
    "checkout-prod-2/",
    "checkout-pr\u043Ed-2",
    "checkout-prod\u200B-2",
  );
  for (const one of spellings) expect([one, tierOf(one, "staging")]).toEqual([one, "hard_approval"]);
  expect(tierOf("checkout-staging-2", "staging")).toBe("notify");
  expect(tierOf("elsewhere", "staging")).toBe("notify");
  // Only the spelling that the map has gives anything away.
  expect([tierOf("checkout-dev-2", null), tierOf("CHECKOUT-DEV-2", null)]).toEqual(["autonomous", "hard_approval"]);
  expect(tierOf("CHECKOUT-DEV-2", null, { environment: "dev" })).toBe("hard_approval");
});

/** As JSON has it: what is undefined was left out. */
const sent = (params: Record<string, unknown>): Record<string, unknown> => JSON.parse(JSON.stringify(params));

/** The example with a change, judged. */
function edited(change: (text: string) => string) {
  const changed = change(text);
  expect(changed).not.toBe(text);
  const read = parseConfig(changed);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  const { policy: compiled } = read.config;
  return (type: string, params: Record<string, unknown>, more: Record<string, unknown> = {}, agent = "refund-agent") =>
    judge(compiled, {
      request: requestFor(type, sent(params), { action: { target: "customer/1" }, ...more }),
      agent: { name: agent, environment: "production", owner: null },
      now: NOW,
      velocity: noVelocity,
    });
}
const addRule = (rule: string) => (from: string) => from.replace("  rules:\n", `  rules:\n${rule}\n`);

test("types of one group are counted as it, as soon as a rule reads the velocity of one of them; others by themselves or not at all", () => {
  const group = "      velocity_group: payouts\n";
  const grouped = edited((from) =>
    from
      .replace("    payments.refund:\n", `    payments.refund:\n${group}`)
      .replace("    payments.store_credit:\n", `    payments.store_credit:\n${group}`),
  );
  const asOf = (ask: ReturnType<typeof edited>, type: string) => ask(type, { amount: 5, currency: "USD" }).countedAs;
  expect([asOf(grouped, "payments.refund"), asOf(grouped, "payments.store_credit")]).toEqual(["group payouts", "group payouts"]);
  const alone = edited((from) => from.replace("daily sum for one customer", "a day's sum for one customer"));
  expect([asOf(alone, "payments.refund"), asOf(alone, "payments.store_credit")]).toEqual(["type payments.refund", null]);
  expect(() =>
    edited((from) => from.replace("    payments.refund:\n", "    payments.refund:\n      velocity_group: Pay outs\n")),
  ).toThrow("use lower case, digits, - and _, such as payouts");
  // A group and a type of one name are two sums, and so are two agents, two targets, and what names none.
  const target = (name?: string) => (name === undefined ? {} : { target: name });
  const sums = [
    sumsOf("group payouts", "agt_1", target("a")),
    sumsOf("type payouts", "agt_1", target("a")),
    sumsOf("group payouts", "agt_2", target("b")),
    sumsOf("group other", "agt_1", target()),
  ].flatMap((one) => [one.agent, one.target]);
  expect(new Set(sums).size).toBe(8);
  expect(sumsOf("group payouts", "agt_2", target(" A ")).target).toBe(sums[1]);
});

describe("requested_by: required", () => {
  const refundOf = (ask: ReturnType<typeof edited>, amount: number) =>
    ask("payments.refund", { amount, currency: "USD" }).requirement.requestedByRequired;

  test("holds on an action type", () => {
    const ask = edited((from) => from.replace("requested_by: optional", "requested_by: required"));
    expect(ask("cloud.stop_instance", { instance_id: "i" }).requirement.requestedByRequired).toBe(true);
  });
  test("holds on a rule that asks for less than another one", () => {
    const rule = '    - { name: who asked, for: payments.refund, when: "true", tier: notify, requested_by: required }\n';
    const ask = edited(addRule(rule));
    expect([refundOf(ask, 60), refundOf(ask, 600), refundOf(ask, 6000)]).toEqual([true, true, true]);
  });
  test("holds for unknown action types and for questions", () => {
    const ask = edited((from) =>
      from
        .replace("queue: security, requires: [anybody] }", "queue: security, requires: [anybody], requested_by: required }")
        .replace("    requires: [anybody]\n    sla: 10m", "    requires: [anybody]\n    requested_by: required\n    sla: 10m"),
    );
    expect(ask("made.up", {}).requirement.requestedByRequired).toBe(true);
    expect(ask("payments.refund", { amount: 1, currency: "USD" }).requirement.requestedByRequired).toBe(false);
  });
  test("is never turned off by one rule more", () => {
    const tiers = fc.constantFrom("autonomous", "notify", "hard_approval", "hard_stop");
    const rules = fc.array(fc.record({ tier: tiers, required: fc.boolean() }), { minLength: 1, maxLength: 4 });
    const written = (list: { tier: string; required: boolean }[]) =>
      list.map(({ tier, required }, i) => {
        const by = required ? ", requested_by: required" : "";
        return `    - { name: r${i}, for: payments.refund, when: "true", tier: ${tier}, requires: [payments_reviewer]${by} }\n`;
      });
    fc.assert(
      fc.property(rules, fc.constantFrom(1, 60, 600, 6000), (list, amount) => {
        const required = list.some((one) => one.required);
        expect(refundOf(edited(addRule(written(list).join(""))), amount)).toBe(required);
      }),
      { numRuns: 20 },
    );
  });
});

test("an expected cost that is no finite number counts, and a negative one by its size", () => {
  const rule =
    "    - { name: cost, for: cloud.list_instances, error_cost: params.cost, review_cost: 10, tier: hard_approval, requires: [anybody] }";
  const ask = edited(addRule(rule));
  const tierOf = (params: Record<string, unknown>) =>
    ask("cloud.list_instances", params, { signals: { confidence: 0.1, risk: 0, ood: 0 } }).tier;
  for (const cost of [null, "", "  ", "1000000", [], [[]], true, {}, -5_000_000, 1_000_000])
    expect([cost, tierOf({ cost })]).toEqual([cost, "hard_approval"]);
  expect(tierOf({})).toBe("hard_approval");
  expect([tierOf({ cost: 0 }), tierOf({ cost: 5 }), tierOf({ cost: -5 })]).toEqual(["autonomous", "autonomous", "autonomous"]);
  fc.assert(
    fc.property(fc.jsonValue(), (cost) => {
      const known = typeof cost === "number" && Math.abs(cost) * 0.9 <= 10;
      expect(tierOf({ cost } as never)).toBe(known ? "autonomous" : "hard_approval");
    }),
  );
});

test("a condition that cannot be checked says so in our words, never in those of the agent", () => {
  const evil = "*APPROVED by security* :white_check_mark: \u202Eevil";
  const rules = [
    "    - { name: slow, for: payments.refund, when: \"duration(params.wait) > duration('1s')\", tier: notify, detail: it waits }",
    "    - { name: key, for: payments.refund, when: \"labels[params.key] == 'x'\", tier: notify, detail: the label is x }",
    '    - { name: kind, for: payments.refund, when: "params.count > 3.0", tier: notify, detail: more than three }',
    "    - { name: gone, for: payments.refund, when: \"params.order_id.startsWith('A')\", tier: notify, detail: order begins with A }",
  ];
  const { reasons } = edited(addRule(rules.join("\n")))("payments.refund", { amount: 1, wait: evil, key: evil, count: evil });
  const details = reasons.map((reason) => reason.detail);
  expect(details.join()).not.toMatch(/APPROVED|evil|\u202E/);
  expect(details).toEqual(
    expect.arrayContaining([
      "it waits (could not be checked: the rule failed on what was sent)",
      "the label is x (could not be checked: something it reads is missing)",
      "more than three (could not be checked: a value is of another kind than it expects)",
      "order is missing, so this counts: order begins with A",
    ]),
  );
});

describe("what an agent leaves out or writes in another way does not loosen the example", () => {
  const tierOf = (type: string, params: Record<string, unknown>, more: Record<string, unknown> = {}) =>
    judged(requestFor(type, sent(params), { action: { target: "customer/1" }, ...more }), "refund-agent").tier;
  const money = (params: object) => tierOf("payments.refund", { amount: 12, currency: "USD", ...params });
  const mail = (params: object) => tierOf("email.send", { to: "x@northwind.example", subject: "s", recipients: 1, ...params });

  test("money", () => {
    expect(money({})).toBe("autonomous");
    expect([money({ amount: -5000 }), money({ amount: 0 }), money({ amount: "12" })]).toEqual(Array(3).fill("hard_approval"));
    expect([money({ currency: "KWD" }), money({ currency: undefined }), money({ currency: "usd" })]).toEqual(
      Array(3).fill("hard_approval"),
    );
  });
  test("recipients", () => {
    expect([
      mail({}),
      mail({ to: "A <a@Northwind.Example>, b@northwind.example" }),
      mail({ to: ["a@northwind.example"] }),
    ]).toEqual(Array(3).fill("notify"));
    for (const to of [
      "boss@evil.example, x@northwind.example",
      "<boss@evil.example> x@northwind.example",
      '"boss@evil.example" <x@northwind.example>',
      "boss\uFF20evil.example x@northwind.example",
      ["x@northwind.example", "boss@evil.example"],
      "x@northwind.example@evil.example",
      "x@evil.example\u200B",
      "nobody",
      "",
      [],
      [["x@northwind.example"]],
      7,
      null,
      undefined,
    ])
      expect([to, mail({ to })]).toEqual([to, "hard_approval"]);
    expect([mail({ recipients: 51 }), mail({ recipients: 1001 }), mail({ recipients: undefined })]).toEqual([
      "hard_approval",
      "hard_stop",
      "hard_approval",
    ]);
  });
  test("the watch-list is ours: it is looked up in any spelling, whatever the agent flags", () => {
    const seats = (target: string | undefined) =>
      judged(
        requestFor("payments.refund", { amount: 12, currency: "USD" }, { action: target === undefined ? {} : { target } }),
        "refund-agent",
      ).requirement.seats.length;
    expect(seats("customer/1")).toBe(0);
    for (const target of ["customer/6660", " Customer/6660 ", "CUSTOMER/\uFF16660", "customer/66\u200B60", undefined])
      expect([target, seats(target)]).toEqual([target, 2]);
  });
});

const withLists = (lists: string, when: string) =>
  edited((from) =>
    addRule(`    - { name: listed, for: cloud.list_instances, when: '${when}', tier: hard_approval, requires: [anybody] }`)(
      from.replace("  watch_list: [", `${lists}\n  watch_list: [`),
    ),
  );

describe("in_list", () => {
  const tiers = (when: string, values: unknown[]) => {
    const ask = withLists("  sanctions: [Evil  Corp, 4711, Straße]", when);
    return values.map((customer) => ask("cloud.list_instances", { customer: customer as never }).tier);
  };
  test("finds a value in any spelling, and one of several", () => {
    const values = ["evil corp", " EVIL\u00A0Corp", 4711, "4711", "Strasse", ["good", "evil corp"], "good", ["good"]];
    const [a, h] = ["autonomous", "hard_approval"];
    expect(tiers('in_list("sanctions", params.customer)', values)).toEqual([h, h, h, h, h, h, a, a]);
  });
  test("finds a value behind other dashes, apostrophes and capitals, and takes no word for sure that mixes alphabets", () => {
    const ask = withLists(`  shady: ["O'Neil-Sons"]`, 'in_list("shady", params.customer)');
    const tier = (customer: string) => ask("cloud.list_instances", { customer }).tier;
    for (const one of ["O\u2019NEIL\u2010SONS", "o\u02BCneil\u2013sons", "O'N\u0435il-Sons", "\u041E'Neil-Sons"])
      expect([one, tier(one)]).toEqual([one, "hard_approval"]);
    expect([tier("Boris"), tier("customer/\u0411\u043E\u0440\u0438\u0441")]).toEqual(["autonomous", "autonomous"]);
  });
  test("finds an id behind other slashes, digits, blanks and escapes, and takes none for sure whose digits are marked", () => {
    const ask = withLists("  ids: [customer/6660]", 'in_list("ids", params.customer)');
    const tier = (customer: string) => ask("cloud.list_instances", { customer }).tier;
    const same = [
      "customer//6660",
      "customer/6660/",
      "customer / 6660",
      "customer%2F6660",
      "customer%252f%36660",
      "customer\\6660",
    ];
    same.push("customer\u22156660", "customer/./6660", "customer/\u0666\u0666\u0666\u0660", "customer/666\u{1D7D8}");
    for (const one of [...same, "customer/6\u0336660", "customer/%ff", "customer%25252525252F1"])
      expect([one, tier(one)]).toEqual([one, "hard_approval"]);
    for (const one of ["customer/6661", "customer/66600", "customer/06660", "50% of 6660"])
      expect([one, tier(one)]).toEqual([one, "autonomous"]);
  });
  test("domains: what mail programs may read differently is neither inside nor outside", () => {
    const outside = withLists("  evil: [evil.example]", 'in_list("evil", domains(params.to))');
    const inside = withLists("  own: [own.example]", '!in_list("own", domains(params.to))');
    const odd = [
      "m@evil.example@",
      "m@own.example@evil.example",
      "m@evil\u200B.example",
      "m@\u0435vil.example",
      "m@evil\u3002example",
      "m@own.example/evil",
      "m@own%2eexample",
      "m@\u096Down.example",
    ];
    for (const ask of [outside, inside])
      expect(odd.map((to) => ask("cloud.list_instances", { to }).tier)).toEqual(odd.map(() => "hard_approval"));
    expect(inside("cloud.list_instances", { to: "Ann <ann@OWN.example>" }).tier).toBe("autonomous");
  });
  test("what cannot be looked up counts, whether the rule asks for what is listed or for what is not", () => {
    const odd = [undefined, null, "", " ", [], {}, true, [["evil corp"]], "evil\u200Bcorp", "good\u202E"];
    for (const when of ['in_list("sanctions", params.customer)', '!in_list("sanctions", params.customer)'])
      expect(tiers(when, odd)).toEqual(odd.map(() => "hard_approval"));
  });
  test("a requester is looked up as well", () => {
    const ask = withLists("  trusted: [U0PRIYA]", '!in_list("trusted", requested_by)');
    const tier = (more: object) => ask("cloud.list_instances", {}, more as never).tier;
    expect([tier({ requested_by: "U0PRIYA" }), tier({ requested_by: "U0OTHER" }), tier({})]).toEqual([
      "autonomous",
      "hard_approval",
      "hard_approval",
    ]);
  });
});

test("evidence and provenance without a time, or from the future, are infinitely old", () => {
  const ask = edited(
    addRule(
      '    - { name: old, for: cloud.list_instances, when: "evidence.oldest_age > 3600.0 || provenance.age > 3600.0", tier: hard_approval, requires: [anybody] }',
    ),
  );
  const at = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000).toISOString();
  const tier = (times: (string | undefined)[], produced: string | undefined) =>
    ask(
      "cloud.list_instances",
      {},
      {
        brief: {
          decision_required: "?",
          trigger: { kind: "policy" },
          evidence: times.map((time) => ({ title: "e", ...(time === undefined ? {} : { observed_at: time }) })),
        },
        ...(produced === undefined ? {} : { provenance: { produced_at: produced } }),
      },
    ).tier;
  expect([tier([at(-59), at(-1)], at(-59)), tier([at(2)], at(2))]).toEqual(["autonomous", "autonomous"]);
  const old = [tier([at(-61), at(-1)], at(-1)), tier([at(-1)], at(-61)), tier([], at(-1)), tier([at(-1)], undefined)];
  expect([...old, tier([at(-1), undefined], at(-1)), tier([at(60)], at(-1))]).toEqual(Array(6).fill("hard_approval"));
});

test("an action type that takes long says so itself; the others keep the default", () => {
  const ask = edited((from) =>
    from.replace("      title: List instances in {region}", "      outcome_within: 6h\n      title: List instances in {region}"),
  );
  expect(ask("cloud.list_instances", {}).outcomeWithinS).toBe(6 * 3600);
  expect(ask("payments.refund", { amount: 12, currency: "USD" }).outcomeWithinS).toBe(15 * 60);
});

describe("max_age", () => {
  const at = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000);
  const brief = (...observed: (number | null)[]) => ({
    decision_required: "?",
    trigger: { kind: "policy" },
    evidence: observed.map((minutes) => ({
      title: "e",
      ...(minutes === null ? {} : { observed_at: at(minutes).toISOString() }),
    })),
  });
  const ask = edited((from) =>
    from.replace("      title: List instances in {region}", "      max_age: 2h\n      title: List instances in {region}"),
  );
  const ruled = (...observed: (number | null)[]) => ask("cloud.list_instances", {}, { brief: brief(...observed) });

  test("evidence that is older or says no time waits for a person, and the reason says so", () => {
    expect(ruled(-119, -5).tier).toBe("autonomous");
    const told = (...observed: (number | null)[]) => {
      const { tier, reasons } = ruled(...observed);
      return [tier, reasons[0]?.detail];
    };
    const allowed = "it may be at most 2 h old";
    expect(told(-181, -5)).toEqual(["hard_approval", `the oldest evidence is 3 h old; ${allowed}`]);
    expect(told(-5, null)).toEqual(["hard_approval", `not all evidence is dated; ${allowed}`]);
    expect(told()).toEqual(["hard_approval", `no dated evidence; ${allowed}`]);
    expect(told(null)).toEqual(["hard_approval", `no dated evidence; ${allowed}`]);
  });

  test("what was fresh when it was sent is decided and resumed only as long as it is", () => {
    const volume = edited((from) => from.replace("max_age: 12h", "max_age: 2h"));
    const request = requestFor("cloud.delete_volume", { volume_id: "v" }, { brief: brief(-60), action: { target: "vol-1" } });
    const ruling = volume("cloud.delete_volume", { volume_id: "v" }, { brief: brief(-60), action: { target: "vol-1" } });
    const e = opened(request, "cloud-agent", NOW, ruling);
    // Its own deadline would be four hours.
    expect(e.deadline).toEqual(at(60));
    const one = run(e, approve("U0SAM"), at(10));
    const both = run(one, approve("U0LEE"), at(20));
    const resume = (minutes: number) =>
      decide(both, { type: "resume", claimId: "c", preconditions: [] } as never, around(at(minutes), both));
    expect(isRefusal(resume(30))).toBe(false);
    expect(run(one, { type: "tick" }, at(61)).state).not.toBe("paused_pending_human");
    expect(decide(one, approve("U0LEE"), around(at(60), one))).toMatchObject({ refused: "deadline_passed" });
    const late = { ...both, dueAt: at(200) };
    expect(decide(late, { type: "resume", claimId: "c", preconditions: [] } as never, around(at(60), late))).toMatchObject({
      refused: "decision_expired",
      detail: expect.stringContaining("fresh evidence"),
    });
  });
});

const arbitrary = fc.record({
  type: fc.constantFrom(
    "payments.refund",
    "cloud.stop_instance",
    "cloud.list_instances",
    "email.send",
    "cloud.delete_volume",
    "made.up",
  ),
  amount: fc.double({ min: 0, max: 20_000, noNaN: true }),
  confidence: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
  risk: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
  flags: fc.array(fc.constantFrom("new_payee", "watch_list", "other"), { maxLength: 3 }),
  environment: fc.constantFrom(undefined, "sandbox", "dev", "staging", "production", "moon"),
  target: fc.constantFrom("web-dev-1", "web-staging-1", "web-prod-1", "elsewhere"),
  agent: fc.constantFrom("cloud-agent", "refund-agent", "email-agent", "stranger"),
  hour: fc.integer({ min: 0, max: 24 * 14 }),
});
type Case = typeof arbitrary extends fc.Arbitrary<infer T> ? T : never;
const rulingOf = (c: Case) => {
  const signals = {
    flags: c.flags,
    ...(c.confidence === undefined ? {} : { confidence: c.confidence }),
    ...(c.risk === undefined ? {} : { risk: c.risk }),
  };
  const request = requestFor(
    c.type,
    { amount: c.amount, currency: "USD", to: "x@y.example" },
    { signals, action: { target: c.target, ...(c.environment === undefined ? {} : { environment: c.environment }) } },
  );
  return judged(request, c.agent, new Date(NOW.getTime() + c.hour * 3_600_000));
};
const rank = (c: Case) => TIERS.indexOf(rulingOf(c).tier);

describe("properties", () => {
  test("total and deterministic", () => {
    fc.assert(
      fc.property(arbitrary, (c) => {
        const ruling = rulingOf(c);
        expect(ruling).toEqual(rulingOf(c));
        expect(ruling.reasons.length).toBeGreaterThan(0);
        if (ruling.tier === "hard_approval" || ruling.tier === "hard_stop") {
          expect(ruling.requirement.seats.length).toBeGreaterThan(0);
          expect(ruling.fallback).not.toBe("approve");
        }
      }),
    );
  });
  test("more risk never lowers the tier", () => {
    fc.assert(
      fc.property(
        arbitrary,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 5000, noNaN: true }),
        (c, less, more) => {
          expect(rank({ ...c, amount: c.amount + more })).toBeGreaterThanOrEqual(rank(c));
          expect(rank({ ...c, flags: [...c.flags, "watch_list"] })).toBeGreaterThanOrEqual(rank(c));
          if (c.confidence !== undefined) {
            expect(rank({ ...c, confidence: c.confidence * less })).toBeGreaterThanOrEqual(rank(c));
            expect(rank({ ...c, confidence: undefined })).toBeGreaterThanOrEqual(rank(c));
          }
          for (const claim of ["sandbox", "dev", "production", "moon"] as const)
            expect(rank({ ...c, environment: claim })).toBeGreaterThanOrEqual(rank({ ...c, environment: undefined }));
        },
      ),
    );
  });
  test("any action type at all is judged, and an unknown one is stopped", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{3,8}\.[a-z]{3,8}$/), (type) => {
        expect(judged(requestFor(type, {})).tier).toBe("hard_stop");
      }),
    );
  });
});

test("the version is the content: a stored text compiles to the same, a membership edit does not change it", () => {
  expect(compilePolicy(JSON.parse(policySourceText(policy))).version).toBe(policy.version);
  const edited = parseConfig(text.replace("U0BEN:   { name: Ben,", "U0BEN:   { name: Benjamin,"));
  expect(edited.ok && edited.config.policy.version).toBe(policy.version);
  const stricter = parseConfig(text.replace("params.amount > 500.0", "params.amount > 400.0"));
  expect(stricter.ok && stricter.config.policy.version).not.toBe(policy.version);
});

test("a stored policy is read as the release that stored it did: keys that were dropped since do not make it unreadable", () => {
  const stored = JSON.parse(policySourceText(policy));
  stored.raw.defaults.was_once_allowed = true;
  stored.raw.rules[0].was_once_allowed = { too: 1 };
  stored.raw.action_types["payments.refund"].formats.amount.was_once_allowed = 1;
  expect(() => compilePolicy(stored)).toThrow();
  expect(compileStored(stored)?.source).toEqual(policy.source);
  stored.raw.rules[0].when = "gone(params.x)";
  expect(compileStored(stored)).toBeNull();
});

describe("a bad file names line, column and the mend", () => {
  const cases: [string, string, string, RegExp][] = [
    ["unknown key", "schema: 1", "schema: 1\nsurprise: 2", /unknown key "surprise"/],
    ["soft_review without an undo", "staging: notify", "staging: soft_review", /soft_review needs "undo" on the action type/],
    [
      "soft_review of what is final",
      "reversibility: irreversible\n      queue: security",
      "reversibility: irreversible\n      environments: { dev: soft_review }\n      queue: security",
      /this can't be undone; use hard_approval/,
    ],
    [
      "a rule that makes a soft_review of what is final",
      "tier: notify\n      detail: amount over 50",
      "tier: soft_review\n      detail: amount over 50",
      /it applies to payments\.refund: soft_review needs "undo"/,
    ],
    ["a review that says nothing", "idempotent: true", "unconfirmed: keep", /this goes with "undo"/],
    ["approve on timeout", "fallback: fail", "fallback: approve", /silence may never approve/],
    ["unknown seat", "requires: [network_engineer]", "requires: [nobody_at_all]", /there is no seat/],
    ["unknown queue", "queue: email", "queue: e-mail", /there is no queue/],
    [
      "nobody can",
      "requires: [network_engineer]",
      "requires: [security]",
      /nobody in the queue "cloud" can fill the seat "security"/,
    ],
    [
      "silence of a type that a rule makes wait",
      'basis: "SOX 404, payment controls"',
      'basis: "SOX 404, payment controls"\n      fallback: approve',
      /the rule "refunds over 500" makes it wait for people/,
    ],
    [
      "nobody can answer what a rule makes wait",
      "requires: [payments_reviewer]\n      title: Refund",
      "requires: [network_engineer]\n      title: Refund",
      /nobody in the queue "payments" can fill the seat "a network engineer"/,
    ],
    [
      "what is critical by one person",
      "requires: [security, lead_engineer]",
      "requires: [security]",
      /nobody in the queue "security" can fill the seat "security"/,
    ],
    ["CEL variable", "when: params.amount > 500.0", "when: amuont > 500.0", /Unknown variable: amuont/],
    ["CEL type", "when: params.amount > 500.0", "when: size(flags)", /condition/],
    [
      "CEL list",
      'in_list("watch_list", action.target) ||',
      'in_list("watchlist", action.target) ||',
      /there is no list "watchlist" under lists/,
    ],
    [
      "CEL list by another name",
      'in_list("watch_list", action.target) ||',
      "in_list(agent, action.target) ||",
      /begins with the name of a list in quotes/,
    ],
    ["empty list", "watch_list: [customer/6660, customer/6661]", "watch_list: []", /an empty list finds nothing/],
    [
      "list without a file",
      "watch_list: [customer/6660, customer/6661]",
      "watch_list: { csv: gone.csv }",
      /there is no file gone.csv beside/,
    ],
    [
      "list far away",
      "watch_list: [customer/6660, customer/6661]",
      "watch_list: { csv: ../gone.csv }",
      /a file beside the configuration/,
    ],
    ["CEL matches", "when: params.amount > 500.0", 'when: agent.matches("a+")', /matches\(\) is not allowed/],
    ["CEL syntax", "when: params.amount > 500.0", "when: params.amount >", /Unexpected/],
    ["empty queue", "members: [U0TOM, U0CHRIS]", "members: []", /an empty queue lets nobody decide/],
    ["stranger in a queue", "members: [U0TOM, U0CHRIS]", "members: [U0TOM, U0STRANGER]", /not among the reviewers/],
    ["long button", "approve: Approve refund", "approve: Approve this refund for the customer right now", /30 characters/],
    ["callback host", '"localhost:*"', '"https://agent.example/hook"', /use a host such as/],
    ["time zone", "time_zone: Europe/Berlin", "time_zone: Europe/Berlina", /not a time zone/],
    ["duration", "sla: 10m", "sla: ten minutes", /use a whole number and s, m, h or d/],
    ["a reminder at once, for ever", "remind: 5m", "remind: 0s", /a second is the shortest/],
    ["a time beyond all calendars", "sla: 10m", "sla: 99999999999d", /a year is the longest/],
    ["transfer to itself", "transfer_to: security", "transfer_to: cloud", /in the queue "cloud" before/],
    [
      "transfer in a circle",
      "transfer_to: security",
      "transfer_to: [security, payments, security]",
      /in the queue "security" before/,
    ],
    ["transfer to nowhere", "transfer_to: security", "transfer_to: [security, moon]", /no queue "moon"/],
    ["too many transfers", "transfer_to: security", "transfer_to: [security, payments, email, cloud]", /./],
    ["transfer that is not one", "fallback: transfer\n", "fallback: reject\n", /goes with fallback: transfer/],
    ["unknown types that run alone", "unknown: { tier: hard_stop", "unknown: { tier: notify", /never done without a person/],
    [
      "a question for two people",
      "cloud, email-agent: email }\n    requires: [anybody]",
      "cloud, email-agent: email }\n    requires: [anybody, security]",
      /one person gives it/,
    ],
    ["same rule twice", "name: refunds over 500\n", "name: refunds over 50\n", /another rule named/],
    ["not YAML", "queues:", "queues: [", /./],
  ];
  for (const [name, from, to, message] of cases) {
    test(name, () => {
      expect(text).toContain(from);
      const broken = parseConfig(text.replace(from, to));
      if (broken.ok) throw new Error("it was accepted");
      expect(broken.problems.map((p) => p.message).join("\n")).toMatch(message);
      expect(broken.problems[0]?.line).toBeGreaterThan(0);
      expect(broken.problems[0]?.column).toBeGreaterThan(0);
    });
  }
});

test("a transfer to a queue where nobody could decide is refused, also when it is the defaults that transfer", () => {
  const alone = text.replace("members: [U0TOM, U0CHRIS]", "members: [U0TOM]");
  const nobody = (config: string) => {
    const read = parseConfig(config);
    return read.ok ? [] : read.problems.map((problem) => problem.message);
  };
  const stuck = expect.arrayContaining([
    expect.stringMatching(/nobody in the queue "email" can fill the seat "an engineering manager"/),
  ]);
  expect(nobody(alone)).not.toEqual(stuck);
  expect(nobody(alone.replace("transfer_to: security", "transfer_to: [security, email]"))).toEqual(stuck);
  const byDefault = alone.replace("      fallback: transfer\n      transfer_to: security\n", "");
  expect(nobody(byDefault)).not.toEqual(stuck);
  const defaults = /(\n {2}defaults:\n(?: {4}.*\n)*? {4}fallback: )reject/;
  expect(byDefault).toMatch(defaults);
  expect(nobody(byDefault.replace(defaults, "$1transfer\n    transfer_to: email"))).toEqual(stuck);
});

test("what is stopped is done by one person, also where it is critical; what is approved takes two", () => {
  const stopped = text.replace(
    "    - name: refunds over 50\n",
    "    - name: volumes of the dead\n      for: cloud.delete_volume\n      when: action.target == 'vol-dead'\n      tier: hard_stop\n      requires: [head_of_operations]\n      detail: the head of operations does it\n\n    - name: refunds over 50\n",
  );
  expect(stopped).not.toBe(text);
  const config = parseConfig(stopped);
  if (!config.ok) throw new Error(JSON.stringify(config.problems));
  const judgeIt = (target: string) =>
    judge(config.config.policy, {
      request: requestFor("cloud.delete_volume", { volume_id: "v" }, { action: { target } }),
      agent: { name: "cloud-agent", environment: null, owner: null },
      now: NOW,
      velocity: noVelocity,
    });
  expect(judgeIt("vol-dead")).toMatchObject({ tier: "hard_stop", requirement: { seats: [{ count: 1 }] } });
  expect(judgeIt("vol-prod-1").requirement.seats).toHaveLength(2);
  const critical = { impact: "critical" as const };
  expect(seatsOf(config.config.policy.source, critical as never, "hard_approval", ["anybody"])).toMatchObject([{ count: 2 }]);
});

test("a kept configuration is still read when the rules for new ones have grown stricter", () => {
  const refused = text.replace("requires: [security, lead_engineer]", "requires: [security]");
  expect(parseConfig(refused).ok).toBe(false);
  expect(parseConfig(refused, true).ok).toBe(true);
  expect(parseConfig(text.replace("params.amount > 500.0", "amuont > 500.0"), true).ok).toBe(false);
});
