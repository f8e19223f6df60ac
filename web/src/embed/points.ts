/** The points of a chart, oldest first: made from a feed, then added to one by one. */

import type { components } from "../api/thingspeak";
import type { ChartOptions } from "./options";

/** A row of a feed. */
export type Row = components["schemas"]["Entry"] & { [field: string]: string | number | null | undefined };

export type Point = {
  /** Seconds since 1970. */
  time: number;
  value: number;
  /** As it is said: as it was sent. */
  text: string;
};

type Limits = Pick<ChartOptions, "min" | "max" | "round" | "most" | "seconds" | "push">;

/** The number at the beginning of a text, with a point or a comma; nothing if there is none. */
export function numberOf(text: string | number | null | undefined): number | null {
  const number = Number.parseFloat(String(text ?? "").replace(",", "."));
  return Number.isFinite(number) ? number : null;
}

/** A row's point; nothing if its field holds no number. */
export function pointOf(row: Row, field: number): Point | null {
  const text = row[`field${field}`];
  const [time, value] = [Date.parse(row.created_at) / 1000, numberOf(text)];
  return value === null || Number.isNaN(time) ? null : { time, value, text: short(String(text).trim(), value) };
}

/** A value as it was sent, but for means with more digits than anybody measured. */
function short(text: string, value: number): string {
  return /[.,]\d{9,}$/.test(text) ? String(Number(value.toPrecision(6))) : text;
}

export function pointsOf(rows: readonly Row[], field: number): Point[] {
  return rows.flatMap((row) => pointOf(row, field) ?? []).sort((one, other) => one.time - other.time);
}

/** Points with a new one where its time belongs, and without those that it pushes out. */
export function added(points: readonly Point[], row: Row, field: number, limits: Limits): Point[] {
  const found = pointOf(row, field);
  if (found === null || found.value < (limits.min ?? -Infinity) || found.value > (limits.max ?? Infinity)) return [...points];
  const point = limits.round === null ? found : rounded(found, limits.round);
  const at = points.findLastIndex((other) => other.time <= point.time) + 1;
  const all = points.toSpliced(at, 0, point);
  if (!limits.push) return all.slice(-8_000);
  const since = limits.seconds === null ? -Infinity : all.at(-1)!.time - limits.seconds;
  return all.slice(-limits.most).filter((other) => other.time >= since);
}

function rounded(point: Point, decimals: number): Point {
  const text = point.value.toFixed(decimals);
  return { ...point, value: Number(text), text };
}
