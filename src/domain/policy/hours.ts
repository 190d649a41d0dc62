import { Temporal } from "temporal-polyfill";
import { minutesOf, WEEK_DAYS } from "../on-call/window.ts";
import type { PolicySource } from "./source.ts";

/** The local hour and day where the reviewers are, and whether that is outside their working hours. */
export function localTime(source: PolicySource, now: Date): { hour: number; weekday: string; afterHours: boolean } {
  const local = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(source.time_zone);
  const weekday = WEEK_DAYS[local.dayOfWeek - 1] ?? "mon";
  const minutes = local.hour * 60 + local.minute;
  const { days, from, to } = source.working_hours;
  const working = days.includes(weekday) && minutes >= minutesOf(from) && minutes < minutesOf(to);
  return { hour: local.hour, weekday, afterHours: !working };
}

export function isTimeZone(name: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}
