/**
 * What of a calendar is given to its parser: only the properties that say who is on call when, and only as much of them as a rota
 * has. The parser and the expansion of rules block the process, and the text comes from outside: every number that either of them
 * multiplies by is limited here.
 */
export type Limited = { ok: true; text: string } | { ok: false; why: string };

const EVENTS_MAX = 4000;
const RULES_MAX = 200;
const EXCEPTIONS_MAX = 2000;
/** Occurrences that rules with COUNT have, all together: they are counted from the first one, however long ago that was. */
const COUNTED_MAX = 10_000;
/** MONTHLY on ten days at one hour is 10; the product of the lists is what one period is expanded to. */
const PER_PERIOD_MAX = 100;
const OBSERVANCES_MAX = 500;
const ZONES_MAX = 16;
const ZONE_NAME_MAX = 100;
/** A zone of the calendar's own is looked for among all known ones, anew for each year. */
const ZONE_YEARS_MAX = 20;
/** For each such time the parser goes through everything that it has read. */
const ZONE_STEPS_MAX = 2_000_000;
const LINE_MAX = 20_000;
/** A quarter of a year, and a week of what repeats hourly: each search for what runs now reaches as far back as a turn lasts. */
export const TURN_MAX_MS = 100 * 86_400_000;
export const HOURLY_TURN_MAX_MS = 7 * 86_400_000;

const EVENT_PROPERTIES = "UID SUMMARY DTSTART DTEND DURATION RRULE EXDATE RECURRENCE-ID ATTENDEE STATUS SEQUENCE".split(" ");
const KEPT: Record<string, readonly string[]> = {
  VCALENDAR: [],
  VEVENT: EVENT_PROPERTIES,
  VTIMEZONE: ["TZID"],
  STANDARD: ["DTSTART", "TZOFFSETFROM", "TZOFFSETTO"],
  DAYLIGHT: ["DTSTART", "TZOFFSETFROM", "TZOFFSETTO"],
};
const FREQUENCIES = ["HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"];

class Refused extends Error {}
const refuse = (why: string): never => {
  throw new Refused(why);
};

/**
 * The calendar without what is not asked for, unfolded (RFC 5545 3.1: a line may be broken anywhere, and a limit must see it
 * whole).
 */
export function limitCalendar(text: string): Limited {
  try {
    const lines = keptLines(text.replaceAll(/\r?\n[ \t]/g, "").split(/\r?\n/));
    checkNumbers(lines);
    return { ok: true, text: lines.map(({ line }) => line).join("\r\n") };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, why: error.message };
    throw error;
  }
}

type Line = { name: string; value: string; line: string; within: string };

/**
 * A component that is not asked for is left out with everything inside it; names are written in capitals, as the parser knows
 * them.
 */
function keptLines(lines: readonly string[]): Line[] {
  const kept: Line[] = [];
  const open: string[] = [];
  for (const line of lines) {
    const [, given = "", rest = ""] = /^([A-Za-z-]{1,40})([;:].*)$/.exec(line) ?? [];
    const name = given.toUpperCase();
    const value = rest.slice(1).trim().toUpperCase();
    if (name === "BEGIN") open.push(value);
    const wanted = open.every((one) => Object.hasOwn(KEPT, one));
    const within = open.at(-1) ?? "";
    const bracket = name === "BEGIN" || name === "END";
    if (wanted && (bracket || KEPT[within]?.includes(name) === true)) {
      if (line.length > LINE_MAX) refuse("the calendar has a line that is too long");
      kept.push({ name, value, line: bracket ? `${name}:${value}` : `${name}${rest}`, within });
    }
    if (name === "END") open.pop();
    if (open.length > 10) refuse("the calendar could not be read");
  }
  return kept;
}

function checkNumbers(lines: readonly Line[]): void {
  const begun = (...names: string[]) => lines.filter(({ name, value }) => name === "BEGIN" && names.includes(value)).length;
  if (begun("VEVENT") > EVENTS_MAX) refuse(`the calendar has more than ${EVENTS_MAX} events`);
  if (begun("STANDARD", "DAYLIGHT") > OBSERVANCES_MAX) refuse("the calendar describes too many time zones");
  const exceptions = lines.filter(({ name }) => name === "EXDATE").reduce((sum, { value }) => sum + value.split(",").length, 0);
  if (exceptions > EXCEPTIONS_MAX) refuse(`the calendar has more than ${EXCEPTIONS_MAX} exceptions`);
  checkZones(lines, begun("VTIMEZONE"), begun("VEVENT"));
  const rules = lines.filter(({ name }) => name === "RRULE");
  if (rules.length > RULES_MAX) refuse(`the calendar has more than ${RULES_MAX} repeating events`);
  const counted = rules.reduce((sum, { value }) => sum + checkRule(value), 0);
  if (counted > COUNTED_MAX) refuse("the calendar repeats too many times; that is no rota");
}

/** The parser remembers every name of a zone for ever. */
function checkZones(lines: readonly Line[], described: number, events: number): void {
  const names = new Set(
    lines.flatMap(({ line, name, value }) => (name === "TZID" ? [value] : (/TZID=([^:;]*)/i.exec(line)?.[1] ?? []))),
  );
  if (names.size > ZONES_MAX || [...names].some((name) => name.length > ZONE_NAME_MAX))
    refuse("the calendar names too many time zones");
  const sought = lines.filter(isSought);
  const years = new Set(sought.map(({ line }) => /:(\d{4})\d{4}T/i.exec(line)?.[1]));
  if (described * years.size > ZONE_YEARS_MAX || sought.length * events > ZONE_STEPS_MAX)
    refuse("the calendar has too many times without a time zone that is known");
}

/** A local time of an event for which the parser looks into the zones that the calendar itself describes. */
const isSought = ({ within, line }: Line): boolean =>
  within === "VEVENT" && /:\d{8}T\d{6}\s*$/i.test(line) && (!/TZID=/i.test(line) || /TZID="?(CUSTOMIZED|TZONE|\(NO)/i.test(line));

/** How often a rule with COUNT happens; refuses what no rota needs. */
function checkRule(rule: string): number {
  const parts = rule.split(";").map((part) => part.split("=") as [string, string?]);
  const part = (name: string) => parts.find(([one]) => one === name)?.[1] ?? "";
  const names = parts.map(([name]) => name);
  if (rule.split("FREQ=").length !== 2 || new Set(names).size !== names.length || names.includes("RSCALE"))
    refuse("the calendar repeats in a way that could not be read");
  if (!FREQUENCIES.includes(part("FREQ"))) refuse("the calendar repeats by the minute or second; that is no rota");
  if (names.includes("BYSETPOS") && !["MONTHLY", "YEARLY"].includes(part("FREQ")))
    refuse("the calendar repeats in a way that could not be read");
  const lists = parts
    .filter(([name]) => name.startsWith("BY"))
    .map(([name, list = ""]) => ({ name, size: list.split(",").length }));
  const often = lists.some(({ name, size }) => /^BY(HOUR|MINUTE|SECOND)$/.test(name) && size > 1);
  if (often || lists.reduce((product, { size }) => product * size, 1) > PER_PERIOD_MAX)
    refuse("the calendar repeats too often; that is no rota");
  const count = part("COUNT");
  if (!/^\d{0,6}$/.test(count)) refuse("the calendar repeats in a way that could not be read");
  return Number(count);
}
