import { Temporal } from "temporal-polyfill";
import { DAYS, type PolicySource } from "./source.ts";

/** The local hour and day where the reviewers are, and whether that is outside their working hours. */
export function localTime(source: PolicySource, now: Date): { hour: number; weekday: string; afterHours: boolean } {
  const local = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(source.time_zone);
  const weekday = DAYS[local.dayOfWeek - 1] ?? "mon";
  const minutes = local.hour * 60 + local.minute;
  const { days, from, to } = source.working_hours;
  const working = days.includes(weekday) && minutes >= minutesOf(from) && minutes < minutesOf(to);
  return { hour: local.hour, weekday, afterHours: !working };
}

function minutesOf(time: string): number {
  const [hours, minutes] = time.split(":").map(Number);
  return (hours ?? 0) * 60 + (minutes ?? 0);
}

export function isTimeZone(name: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}
