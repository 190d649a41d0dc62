import ical, { type CalendarComponent, type EventInstance, type VEvent } from "node-ical";
import type { Directory } from "../../domain/people/directory.ts";
import type { SourceAnswer } from "../../engine/on-call/sources.ts";
import { HOURLY_TURN_MAX_MS, limitCalendar, TURN_MAX_MS } from "./calendar-limits.ts";
import { matchReviewer, type Named } from "./contact.ts";
import { fetchOutside } from "./fetch-text.ts";

/** Who a calendar has on call: the event that runs now names its person by an attendee's address, else by its title. */
const BYTES_MAX = 1024 * 1024;
const RUNNING_MAX = 500;
const ATTENDEES_MAX = 20;

export async function askCalendar(url: string, at: Date, directory: Pick<Directory, "reviewers">): Promise<SourceAnswer> {
  const fetched = await fetchOutside(url.replace(/^webcal:/, "https:"), { accept: "text/calendar" }, BYTES_MAX);
  return fetched.ok ? onCallInCalendar(fetched.text, at, directory) : { ok: false, why: `the calendar: ${fetched.why}` };
}

export function onCallInCalendar(text: string, at: Date, directory: Pick<Directory, "reviewers">): SourceAnswer {
  if (!/^\s*BEGIN:VCALENDAR/i.test(text)) return { ok: false, why: "the calendar: its answer is no iCalendar file" };
  const limited = limitCalendar(text);
  if (!limited.ok) return limited;
  let running: { event: VEvent; instance: EventInstance }[];
  try {
    const events = Object.values(ical.sync.parseICS(limited.text)).filter(isEvent);
    if (events.some(isEndless)) return { ok: false, why: "the calendar repeats turns that last too long; that is no rota" };
    running = [];
    for (const event of events) {
      running.push(...instancesAt(event, at).map((instance) => ({ event, instance })));
      if (running.length > RUNNING_MAX) return { ok: false, why: `the calendar has more than ${RUNNING_MAX} events at once` };
    }
  } catch {
    return { ok: false, why: "the calendar could not be read" };
  }
  running.sort((a, b) => a.instance.start.getTime() - b.instance.start.getTime());
  const people = running.map(({ instance }) => personOf(instance.event, directory));
  return {
    ok: true,
    userIds: [...new Set(people.flatMap(({ userId }) => (userId === null ? [] : [userId])))],
    until: running.length === 0 ? null : new Date(Math.min(...running.map(({ instance }) => instance.end.getTime()))),
    unmatched: [...new Set(people.flatMap(({ name, userId }) => (userId === null ? [name] : [])))],
  };
}

const isEvent = (component: CalendarComponent | undefined): component is VEvent =>
  component?.type === "VEVENT" && component.status !== "CANCELLED";

/** To find what runs now, a rule is expanded from so long ago as its event lasts. */
function isEndless({ rrule, start, end }: VEvent): boolean {
  if (rrule === undefined) return false;
  const lasts = Math.abs((end ?? start).getTime() - start.getTime());
  return !(lasts <= (rrule.toString().includes("HOURLY") ? HOURLY_TURN_MAX_MS : TURN_MAX_MS));
}

function instancesAt(event: VEvent, at: Date): EventInstance[] {
  const options = { from: at, to: at, expandOngoing: true };
  return ical.expandRecurringEvent(event, options).filter(({ start, end }) => start <= at && at < end);
}

function personOf(event: VEvent, directory: Pick<Directory, "reviewers">): { name: string; userId: string | null } {
  const title = textOf(event.summary);
  const attendees = [event.attendee ?? []]
    .flat()
    .slice(0, ATTENDEES_MAX)
    .map((one) => addressOf(textOf(one)));
  const named: Named[] = [...attendees.map((email) => ({ email })), { name: title }];
  const userId = named.map((one) => matchReviewer(directory, one)).find((found) => found !== null) ?? null;
  return { name: title === "" ? (attendees[0] ?? "somebody") : title, userId };
}

/** A property is a text, or a text with parameters. */
const textOf = (value: unknown): string =>
  typeof value === "string" ? value : String((value as { val?: unknown } | undefined)?.val ?? "");
const addressOf = (text: string): string => text.replace(/^mailto:/i, "");
