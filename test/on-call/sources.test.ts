import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { isLocalNetworkAddress } from "../../src/domain/callback/callback-address.ts";
import type { Reviewer } from "../../src/domain/people/directory.ts";
import { fetchOutside } from "../../src/outbound/on-call/fetch-text.ts";
import { askCalendar, onCallInCalendar } from "../../src/outbound/on-call/ical.ts";
import { askPagerDuty } from "../../src/outbound/on-call/pagerduty.ts";
import { answerFromNock } from "../support/nock.ts";

/** The services that know who is on call: their answers as they are, and every way of not answering. */
const reviewer = (userId: string, name: string, email: string | null): Reviewer => ({
  userId,
  name,
  level: 1,
  roles: [],
  timeZone: "Europe/London",
  workingHours: null,
  quietHours: null,
  email,
  pager: null,
});
const people = [
  reviewer("U0ANNA", "Anna", "anna@northwind.example"),
  reviewer("U0BEN", "Ben", null),
  reviewer("U0KIM", "Kim", null),
];
const directory = { reviewers: new Map(people.map((one) => [one.userId, one])) };
const at = (text: string) => new Date(text);
const servers: Server[] = [];
const nock = answerFromNock();

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

describe("PagerDuty", () => {
  const query = { schedules: ["PABC123"], escalationPolicies: ["PXYZ999"] };
  const pagerDuty = { token: "canary-token", apiUrl: "https://api.pagerduty.com" };
  const oncall = (level: number, user: object, end: string | null, schedule?: string) => ({
    escalation_level: level,
    user,
    end,
    escalation_policy: { id: "PXYZ999" },
    schedule: schedule === undefined ? null : { id: schedule },
  });

  test("of an escalation policy only its first level is paged; the steps of the chain are ours", async () => {
    nock("https://api.pagerduty.com")
      .get("/oncalls")
      .query(true)
      .reply(200, {
        oncalls: [
          oncall(3, { name: "Chris" }, null),
          oncall(1, { name: "Anna" }, null),
          oncall(2, { name: "Ben" }, null, "PABC123"),
        ],
      });
    // Ben is asked for by his schedule, at whatever level a policy has it.
    expect(await askPagerDuty(pagerDuty, query, directory)).toMatchObject({ ok: true, userIds: ["U0ANNA", "U0BEN"] });
  });

  test("first responders first, people by their address or name, and the earliest end", async () => {
    const scope = nock("https://api.pagerduty.com", { reqheaders: { authorization: "Token token=canary-token" } })
      .get("/oncalls")
      .query((asked) => JSON.stringify(asked).includes("PABC123") && JSON.stringify(asked).includes("PXYZ999"))
      .reply(200, {
        oncalls: [
          oncall(2, { name: "Ben" }, "2026-11-23T09:00:00Z", "PABC123"),
          oncall(1, { name: "Anna B.", email: "Anna@Northwind.example" }, "2026-11-22T09:00:00Z"),
          oncall(2, { name: "Zoe", email: "zoe@elsewhere.example" }, null, "PABC123"),
        ],
      });
    expect(await askPagerDuty(pagerDuty, query, directory)).toEqual({
      ok: true,
      userIds: ["U0ANNA", "U0BEN"],
      until: at("2026-11-22T09:00:00Z"),
      unmatched: ["Zoe"],
    });
    expect(scope.isDone()).toBe(true);
  });

  test.each([
    [401, '{"error":"canary-token"}', "it answered 401"],
    [503, "busy", "it answered 503"],
    [200, "<html>", "could not be read"],
    [200, JSON.stringify({ oncalls: [{ user: 7 }] }), "could not be read"],
    [200, "x".repeat(300 * 1024), "larger than 256 KiB"],
  ])("%i %s: says so, and never the token", async (status, body, why) => {
    nock("https://api.pagerduty.com").get("/oncalls").query(true).reply(status, body);
    const answer = await askPagerDuty(pagerDuty, query, directory);
    expect(answer).toMatchObject({ ok: false, why: expect.stringContaining(why) });
    expect(JSON.stringify(answer)).not.toContain("canary");
  });

  test("nobody listens: it could not be reached", async () => {
    const answer = await askPagerDuty({ token: "t", apiUrl: "http://127.0.0.1:9" }, query, directory);
    expect(answer).toMatchObject({ ok: false, why: "PagerDuty: it could not be reached" });
  });
});

describe("a calendar", () => {
  const calendar = (...events: string[]) =>
    ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", ...events, "END:VCALENDAR"].join("\r\n");
  const event = (uid: string, lines: string[]) => ["BEGIN:VEVENT", `UID:${uid}`, ...lines, "END:VEVENT"].join("\r\n");
  const weekly = event("w1", [
    "SUMMARY:Anna",
    "DTSTART;TZID=Europe/Berlin:20260105T090000",
    "DTEND;TZID=Europe/Berlin:20260105T170000",
    "RRULE:FREQ=WEEKLY;BYDAY=MO,SU",
    "EXDATE;TZID=Europe/Berlin:20260112T090000",
  ]);
  const who = (text: string, when: string) => onCallInCalendar(text, at(when), directory);

  test("a running event names its person by the attendee, else by its title", () => {
    const byAddress = event("a", [
      "SUMMARY:On call",
      "DTSTART:20260301T080000Z",
      "DTEND:20260301T200000Z",
      "ATTENDEE;CN=Anna:mailto:anna@northwind.example",
    ]);
    expect(who(calendar(byAddress), "2026-03-01T08:00:00Z")).toEqual({
      ok: true,
      userIds: ["U0ANNA"],
      until: at("2026-03-01T20:00:00Z"),
      unmatched: [],
    });
    expect(who(calendar(byAddress), "2026-03-01T20:00:00Z")).toMatchObject({ userIds: [], until: null });
    const byName = event("b", ["SUMMARY:@Ben", "DTSTART:20260301T080000Z", "DTEND:20260301T200000Z"]);
    expect(who(calendar(byAddress, byName), "2026-03-01T10:00:00Z")).toMatchObject({ userIds: ["U0ANNA", "U0BEN"] });
    const stranger = event("c", ["SUMMARY:Zoe", "DTSTART:20260301T080000Z", "DTEND:20260301T200000Z"]);
    expect(who(calendar(stranger), "2026-03-01T10:00:00Z")).toMatchObject({ ok: true, userIds: [], unmatched: ["Zoe"] });
  });

  test("a weekly turn keeps its local hours through both clock changes, without the excepted day", () => {
    const text = calendar(weekly);
    expect(who(text, "2026-01-05T08:00:00Z")).toMatchObject({ userIds: ["U0ANNA"] });
    expect(who(text, "2026-01-12T10:00:00Z")).toMatchObject({ userIds: [] });
    // Sunday 29 March: the clocks have jumped, 09:00 in Berlin is 07:00 UTC.
    expect(who(text, "2026-03-29T06:59:59Z")).toMatchObject({ userIds: [] });
    expect(who(text, "2026-03-29T07:00:00Z")).toMatchObject({ userIds: ["U0ANNA"], until: at("2026-03-29T15:00:00Z") });
    // Sunday 25 October: back again.
    expect(who(text, "2026-10-25T07:59:59Z")).toMatchObject({ userIds: [] });
    expect(who(text, "2026-10-25T15:59:59Z")).toMatchObject({ userIds: ["U0ANNA"] });
  });

  test("over a year's end, and moved once", () => {
    const newYear = event("n", ["SUMMARY:Kim", "DTSTART:20261231T180000Z", "DTEND:20270101T060000Z"]);
    expect(who(calendar(newYear), "2027-01-01T05:59:00Z")).toMatchObject({ userIds: ["U0KIM"] });
    const moved = event("w1", [
      "SUMMARY:Kim",
      "RECURRENCE-ID;TZID=Europe/Berlin:20260119T090000",
      "DTSTART;TZID=Europe/Berlin:20260119T200000",
      "DTEND;TZID=Europe/Berlin:20260119T220000",
    ]);
    expect(who(calendar(weekly, moved), "2026-01-19T10:00:00Z")).toMatchObject({ userIds: [] });
    expect(who(calendar(weekly, moved), "2026-01-19T19:30:00Z")).toMatchObject({ userIds: ["U0KIM"] });
  });

  test("what is no rota is refused in words", () => {
    expect(who("<html></html>", "2026-01-01T00:00:00Z")).toMatchObject({
      ok: false,
      why: expect.stringContaining("no iCalendar"),
    });
    const bomb = event("x", ["SUMMARY:Anna", "DTSTART:20000101T000000Z", "DTEND:20000101T000001Z", "RRULE:FREQ=SECONDLY"]);
    expect(who(calendar(bomb), "2026-01-01T00:00:00Z")).toMatchObject({ ok: false, why: expect.stringContaining("no rota") });
  });

  const numbers = (n: number) => Array.from({ length: n }, (_, i) => i).join(",");
  const rule = (...rules: string[]) => ["SUMMARY:Anna", "DTSTART:20260105T090000Z", "DTEND:20260105T170000Z", ...rules];
  const many = (n: number, lines: (i: number) => string[]) =>
    calendar(...Array.from({ length: n }, (_, i) => event(`m${i}`, lines(i))));
  const local = (i: number) => ["SUMMARY:Anna", `DTSTART:${1950 + (i % 90)}0101T000000`];
  const zone = (i: number) => ["BEGIN:VTIMEZONE", `TZID:Customized Time Zone ${i}`, "END:VTIMEZONE"].join("\r\n");
  test.each([
    ["many times in each period", many(1, () => rule(`RRULE:FREQ=MONTHLY;BYHOUR=${numbers(24)};BYSETPOS=1`))],
    ["lists whose product is large", many(1, () => rule(`RRULE:FREQ=YEARLY;BYMONTH=${numbers(12)};BYMONTHDAY=${numbers(31)}`))],
    ["a folded line", many(1, () => rule("RRULE:FREQ=\r\n SECONDLY"))],
    ["a second FREQ", many(1, () => rule("RRULE:FREQ=DAILY;X-FREQ=SECONDLY"))],
    ["small letters", many(1, () => rule("rrule:freq=secondly"))],
    ["a huge COUNT", many(1, () => rule("RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE;COUNT=100000"))],
    ["many COUNTs", many(150, () => rule("RRULE:FREQ=WEEKLY;COUNT=100"))],
    ["many rules", many(201, () => rule("RRULE:FREQ=WEEKLY"))],
    [
      "many exceptions",
      many(1, () =>
        rule("RRULE:FREQ=DAILY", `EXDATE:${"20260105T090000Z,".repeat(1000)}`, `EXDATE:${"20260106T090000Z,".repeat(1001)}`),
      ),
    ],
    ["many events", many(4001, () => rule())],
    [
      "long turns",
      calendar(event("l", ["SUMMARY:Anna", "DTSTART:19000105T090000Z", "DTEND:20270101T000000Z", "RRULE:FREQ=WEEKLY"])),
    ],
    ["many at once", many(150, () => ["SUMMARY:Anna", "DTSTART:20200101T000000Z", "DTEND:20200110T000000Z", "RRULE:FREQ=DAILY"])],
    ["many zones", many(17, (i) => ["SUMMARY:Anna", `DTSTART;TZID=Zone${i}:20260105T090000`])],
    ["a huge name of a zone", many(1, () => ["SUMMARY:Anna", `DTSTART;TZID=${"x".repeat(101)}:20260105T090000`])],
    ["many local times", many(2000, local)],
    ["zones of its own and many years", calendar(zone(1), ...Array.from({ length: 30 }, (_, i) => event(`z${i}`, local(i))))],
    ["components in components", `BEGIN:VCALENDAR\r\n${"BEGIN:VEVENT\r\n".repeat(1000)}`],
  ])("what would take long to expand is refused: %s", (_what, text) => {
    expect(who(text, "2026-11-21T10:00:00Z")).toMatchObject({ ok: false, why: expect.stringMatching(/^the calendar /) });
  });

  test("a rule is judged as a whole, wherever its line is broken", () => {
    const often = (name: string) =>
      who(
        many(1, () => rule(name)),
        "2026-01-05T09:00:10Z",
      );
    expect(often("RRULE:FREQ=\r\n SECONDLY")).toMatchObject({ ok: false, why: expect.stringContaining("no rota") });
    expect(often("RRU\r\n\tLE:FREQ=MINUTE\r\n LY")).toMatchObject({ ok: false, why: expect.stringContaining("no rota") });
  });

  test("what a rota does not need is not even read, and what it needs is", () => {
    expect(
      who(
        many(1, () => rule("X-rrule:FREQ=SECONDLY")),
        "2026-01-06T10:00:00Z",
      ),
    ).toMatchObject({ ok: true, userIds: [] });
    const alarm = ["BEGIN:VALARM", "SUMMARY:Kim", "RRULE:FREQ=SECONDLY", "END:VALARM"];
    const folded = [...alarm, "SUMM\r\n ARY:An\r\n\tna", ...rule("RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;COUNT=500").slice(1)];
    expect(
      who(
        many(1, () => folded),
        "2026-11-20T10:00:00Z",
      ),
    ).toMatchObject({ userIds: ["U0ANNA"], unmatched: [] });
    expect(
      who(
        many(3000, () => rule()),
        "2026-01-05T10:00:00Z",
      ),
    ).toMatchObject({ ok: false });
    expect(
      who(
        many(3000, () => rule()),
        "2026-11-21T10:00:00Z",
      ),
    ).toMatchObject({ ok: true });
  });

  test("is fetched with a limit on its size, and a 404 is told", async () => {
    const text = calendar(event("a", ["SUMMARY:Anna", "DTSTART:20260301T080000Z", "DTEND:20260301T200000Z"]));
    const url = await serve((request, response) => {
      if (request.url === "/big.ics") return response.end(`BEGIN:VCALENDAR${"x".repeat(2 * 1024 * 1024)}`);
      if (request.url === "/gone.ics") return response.writeHead(404).end();
      return response.end(text);
    });
    expect(await askCalendar(`${url}/on-call.ics`, at("2026-03-01T10:00:00Z"), directory)).toMatchObject({ userIds: ["U0ANNA"] });
    expect(await askCalendar(`${url}/big.ics`, at("2026-03-01T10:00:00Z"), directory)).toMatchObject({
      ok: false,
      why: expect.stringContaining("larger than"),
    });
    expect(await askCalendar(`${url}/gone.ics`, at("2026-03-01T10:00:00Z"), directory)).toMatchObject({
      ok: false,
      why: "the calendar: it answered 404",
    });
  });

  test("follows no redirect to another host, and one to a page beside it", async () => {
    const text = calendar(event("a", ["SUMMARY:Anna", "DTSTART:20260301T080000Z", "DTEND:20260301T200000Z"]));
    const asked: string[] = [];
    const inside = await serve((request, response) => {
      asked.push(request.url ?? "");
      response.end(text);
    });
    const outside = await serve((request, response) => {
      if (request.url === "/moved.ics") return response.end(text);
      const location = request.url === "/beside.ics" ? "/moved.ics" : `${inside}/latest/meta-data`;
      return response.writeHead(302, { location }).end();
    });
    const now = at("2026-03-01T10:00:00Z");
    expect(await askCalendar(`${outside}/beside.ics`, now, directory)).toMatchObject({ userIds: ["U0ANNA"] });
    expect(await askCalendar(`${outside}/away.ics`, now, directory)).toMatchObject({
      ok: false,
      why: expect.stringContaining("it redirects to another host"),
    });
    expect(asked).toEqual([]);
  });

  test.each(["127.0.0.1", "169.254.169.254", "::1", "fd00:ec2::254", "0.0.0.0"])(
    "a name that leads to %s is not asked; a network of the operator's may be",
    async (address) => {
      const leadsTo = (one: string) => async () => [{ address: one, family: one.includes(":") ? 6 : 4 }];
      const refused = await fetchOutside("http://calendar.example/x.ics", {}, 1000, leadsTo(address));
      expect(refused).toMatchObject({ ok: false, why: expect.stringContaining("not allowed") });
      expect([isLocalNetworkAddress("10.1.2.3"), isLocalNetworkAddress("fd12::1"), isLocalNetworkAddress(address)]).toEqual([
        true,
        true,
        false,
      ]);
    },
  );
});
