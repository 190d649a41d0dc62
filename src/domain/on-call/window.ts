import { Temporal } from "temporal-polyfill";

/** Hours that come back on days of the week, in a zone: working hours, quiet hours, the hours of a rotation's layer. */
export const WEEK_DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Day = (typeof WEEK_DAYS)[number];
/** Minutes after midnight; a `to` that is not after `from` lies on the next day. `days` are those it begins on. */
export type Window = { days: readonly Day[]; from: number; to: number; timeZone: string };

const dateAt = (window: Window, at: Date): Temporal.PlainDate =>
  Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(window.timeZone).toPlainDate();

/**
 * A local time as epoch milliseconds; one that does not exist is the moment the clocks jump over it, one that comes twice its
 * first.
 */
export function instantIn(timeZone: string, date: Temporal.PlainDate, minutes: number): number {
  const plainTime = Temporal.PlainTime.from({ hour: Math.floor(minutes / 60) % 24, minute: minutes % 60 });
  return date.toZonedDateTime({ timeZone, plainTime }).epochMilliseconds;
}

/** The span that begins on a date; null on other days of the week, and when a clock change swallows it. */
function spanOn(window: Window, date: Temporal.PlainDate): { from: number; to: number } | null {
  if (!window.days.includes(WEEK_DAYS[date.dayOfWeek - 1] ?? "mon")) return null;
  const from = instantIn(window.timeZone, date, window.from);
  const to = instantIn(window.timeZone, window.to > window.from ? date : date.add({ days: 1 }), window.to);
  return to > from ? { from, to } : null;
}

/** Spans around an instant, in order. Sixteen days hold every day of the week twice: a clock change may swallow one of them. */
const DAYS_AROUND = 16;
function spansAround(window: Window, at: Date, before: number, after: number): { from: number; to: number }[] {
  const date = dateAt(window, at);
  const spans: { from: number; to: number }[] = [];
  for (let day = -before; day <= after; day++) {
    const span = spanOn(window, date.add({ days: day }));
    if (span !== null) spans.push(span);
  }
  return spans;
}

export function isInside(window: Window, at: Date): boolean {
  return spansAround(window, at, 2, 0).some(({ from, to }) => from <= at.getTime() && at.getTime() < to);
}

/** End of the last span that is over at `at`, in epoch milliseconds; null when there is none lately. */
export function lastEndBefore(window: Window, at: Date): number | null {
  const ends = spansAround(window, at, DAYS_AROUND, 0).map(({ to }) => to);
  return ends.findLast((end) => end <= at.getTime()) ?? null;
}

/** The next beginning or end after `at`, in epoch milliseconds. */
export function nextEdge(window: Window, at: Date): number {
  const edges = spansAround(window, at, 2, DAYS_AROUND).flatMap(({ from, to }) => [from, to]);
  return Math.min(...edges.filter((edge) => edge > at.getTime()));
}

/** "09:30" → 570. */
export function minutesOf(time: string): number {
  const [hours, minutes] = time.split(":").map(Number);
  return (hours ?? 0) * 60 + (minutes ?? 0);
}
