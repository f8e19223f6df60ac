/** What a chart shows, in numbers and in words. */

import type { Series } from "../live/series";

export type Measure = {
  field: number;
  name: string;
  unit: string;
  /** Decimals in words and on the scale. */
  digits: number;
  /** The smallest span that the scale shows, so that noise looks like noise. */
  span: number;
  /** A change below this is called steady. */
  steady: number;
};

/** Lower and upper end of a scale that holds all values, with air above and below. */
export function scale(low: number | null, high: number | null, span: number): [number, number] {
  if (low === null || high === null) return [0, span];
  const middle = (low + high) / 2;
  const half = Math.max(span, (high - low) * 1.25) / 2;
  return [middle - half, middle + half];
}

/** One sentence on what there is to see from one time on. */
export function summary(series: Series, measure: Measure, from: number, period: string): string {
  const values: number[] = [];
  for (let index = Math.max(0, series.indexAt(from)); index < series.length; index += 1) {
    const value = series.number(measure.field, index);
    if (series.time(index) >= from && !Number.isNaN(value)) values.push(value);
  }
  const last = values.at(-1);
  if (last === undefined) return `No readings in the last ${period}.`;
  const say = (value: number) => `${value.toFixed(measure.digits)}\u00a0${measure.unit}`;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return `Last ${period}: ${say(low)} to ${say(high)}, now ${say(last)} and ${trend(values, measure.steady)}.`;
}

/** Compares the newest tenth with the tenth before it. */
export function trend(values: readonly number[], steady: number): "rising" | "falling" | "steady" {
  const tenth = Math.max(1, Math.floor(values.length / 10));
  const change = mean(values.slice(-tenth)) - mean(values.slice(-2 * tenth, -tenth));
  if (Number.isNaN(change) || Math.abs(change) < steady) return "steady";
  return change > 0 ? "rising" : "falling";
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** From when to when a field was `1`: each entry holds until the next, the last one until `until`. */
export function spans(series: Series, field: number, until: number): [number, number][] {
  const spans: [number, number][] = [];
  let since: number | null = null;
  for (let index = 0; index < series.length; index += 1) {
    const on = series.number(field, index) === 1;
    if (on && since === null) since = series.time(index);
    if (!on && since !== null) {
      spans.push([since, series.time(index)]);
      since = null;
    }
  }
  if (since !== null) spans.push([since, Math.max(until, since)]);
  return spans;
}
