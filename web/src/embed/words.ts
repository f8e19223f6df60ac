/** What a frame says in words: times as the clock of its zone shows them, and what a chart is about. */

import type { Zone } from "./options";
import type { Point } from "./points";

/** A time as a wall clock shows it: a `Date` whose local parts are those of the zone. */
export function wall(seconds: number, zone: Zone): Date {
  const there = new Date(seconds * 1000);
  if (zone === null) return there;
  if ("hours" in zone) return new Date(there.getTime() + (zone.hours * 60 + there.getTimezoneOffset()) * 60_000);
  // The service of the browser that knows zones gives parts, not dates.
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone.name,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  }).formatToParts(there);
  const part = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  return new Date(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
}

const moment = new Intl.DateTimeFormat("en-GB", {
  weekday: "short",
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});

const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat("en-GB", options);
const second = format({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
const minute = format({ hour: "2-digit", minute: "2-digit" });
const day = format({ day: "numeric", month: "short" });
const month = format({ month: "short", year: "numeric" });
const year = format({ year: "numeric" });

/** A time below an axis whose steps are so many seconds apart: as short as can be told apart, days at their beginning. */
export function tick(time: Date, step: number): string {
  const midnight = time.getHours() === 0 && time.getMinutes() === 0 && time.getSeconds() === 0;
  if (step < 60 && !midnight) return second.format(time);
  if (step < 86_400 && !midnight) return minute.format(time);
  if (step < 28 * 86_400) return day.format(time);
  return step < 365 * 86_400 ? month.format(time) : year.format(time);
}

/** Day and time, to the second. */
export function said(seconds: number, zone: Zone): string {
  const where = zone === null ? "" : "name" in zone ? ` (${zone.name.replaceAll("_", " ")})` : ` (UTC${signed(zone.hours)})`;
  return moment.format(wall(seconds, zone)) + where;
}

function signed(hours: number): string {
  return hours === 0 ? "" : ` ${hours < 0 ? "−" : "+"}${Math.abs(hours)}`;
}

/** A chart for those who do not see it. */
export function summary(points: readonly Point[], name: string, zone: Zone): string {
  const last = points.at(-1);
  if (last === undefined) return `${name}: nothing to show yet.`;
  const low = points.reduce((one, other) => (other.value < one.value ? other : one));
  const high = points.reduce((one, other) => (other.value > one.value ? other : one));
  const many = points.length === 1 ? "1 value" : `${points.length} values`;
  return (
    `${name}: ${many}, from ${said(points[0]!.time, zone)} to ${said(last.time, zone)}. ` +
    `Lowest ${low.text}, highest ${high.text}, newest ${last.text}.`
  );
}
