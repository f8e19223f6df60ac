/** What a chart shows, in numbers and in words. */

/** Numbers over time, oldest first. A field that has none at some time is not a number there. */
export interface Readings {
  readonly length: number;
  /** Seconds since 1970. */
  time(index: number): number;
  /** The index of the newest that is not after a time; -1 if all are. */
  indexAt(time: number): number;
  number(field: number, index: number): number;
  /** The lowest and the highest, where one point stands for many entries. */
  low?(field: number, index: number): number;
  high?(field: number, index: number): number;
}

/** Which part of the readings a sentence is about. */
export type Part = {
  from: number;
  until?: number;
  /** How the sentence begins, such as "Last 5 minutes". */
  words: string;
  /** Says when lowest and highest were, if that is wanted. */
  when?: (time: number) => string;
  /** The end is now: there is a newest value and a trend. */
  live?: boolean;
};

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

/** One sentence on what there is to see in a part of the readings. */
export function summary(readings: Readings, measure: Measure, { from, until, words, when, live = true }: Part): string {
  const values: number[] = [];
  let [low, high] = [{ value: Number.POSITIVE_INFINITY, time: 0 }, { value: Number.NEGATIVE_INFINITY, time: 0 }];
  const end = until === undefined ? readings.length - 1 : readings.indexAt(until);
  for (let index = Math.max(0, readings.indexAt(from)); index <= end; index += 1) {
    const [time, value] = [readings.time(index), readings.number(measure.field, index)];
    if (time < from || Number.isNaN(value)) continue;
    values.push(value);
    const [least, most] = ends(readings, measure.field, index);
    if (least < low.value) low = { value: least, time };
    if (most > high.value) high = { value: most, time };
  }
  const last = values.at(-1);
  if (last === undefined) return `${words}: no readings.`;
  const say = (value: number) => withUnit(value.toFixed(measure.digits), measure.unit);
  const at = (time: number) => (when === undefined ? "" : ` ${when(time)}`);
  const range = `${words}: ${say(low.value)}${at(low.time)} to ${say(high.value)}${at(high.time)}`;
  return live ? `${range}, now ${say(last)} and ${trend(values, measure.steady)}.` : `${range}.`;
}

/** The lowest and the highest that a point stands for; both are the value itself where it is a single entry. */
export function ends(readings: Readings, field: number, index: number): [number, number] {
  const value = readings.number(field, index);
  return [readings.low?.(field, index) ?? value, readings.high?.(field, index) ?? value];
}

/** A number or text and its unit, which no line break parts. */
export function withUnit(text: string, unit: string): string {
  return unit === "" ? text : `${text}\u00a0${unit}`;
}

export type Trend = "rising" | "falling" | "steady";

/** Compares the newest tenth with the tenth before it. */
export function trend(values: readonly number[], steady: number): Trend {
  const tenth = Math.max(1, Math.floor(values.length / 10));
  return way(mean(values.slice(-2 * tenth, -tenth)), mean(values.slice(-tenth)), steady);
}

/** What became of a value. */
export function way(before: number, after: number, steady: number): Trend {
  const change = after - before;
  if (Number.isNaN(change) || Math.abs(change) < steady) return "steady";
  return change > 0 ? "rising" : "falling";
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** So many before and after one tell what is usual around it; at an end, so many more on the other side. */
export const AROUND = 5;

/**
 * Which numbers lie more than `by`, and more than half of how far those around them differ, above what is usual, each with what is
 * usual. Two beside each other may: all others must be lower by that much. At an end, where all others lie on one side, a slope that
 * goes on is no reason.
 */
export function standOut(numbers: readonly number[], by: number): [index: number, usual: number][] {
  const found: [number, number][] = [];
  for (const [index, number] of numbers.entries()) {
    const begin = Math.max(0, Math.min(index - AROUND, numbers.length - 1 - 2 * AROUND));
    const around = numbers.slice(begin, begin + 2 * AROUND + 1);
    around.splice(index - begin, 1);
    // Most have a neighbour as high, and are done with.
    if (around.length < 3 || around.filter((other) => other > number - by).length > 1) continue;
    around.sort((one, other) => one - other);
    const [low, high] = [around[1]!, around.at(-2)!];
    const inner = index === 0 ? 1 : index === numbers.length - 1 ? -1 : 0;
    const goesOn = 2 * numbers[index + inner]! - numbers[index + 2 * inner]!;
    if (inner !== 0 && number - goesOn <= by) continue;
    if (number - high > Math.max(by, (high - low) / 2)) found.push([index, around[around.length >> 1]!]);
  }
  return found;
}

/** From when to when a field was `1`: each entry holds until the next, the last one until `until`. */
export function spans(readings: Readings, field: number, until: number): [number, number][] {
  const spans: [number, number][] = [];
  let since: number | null = null;
  for (let index = 0; index < readings.length; index += 1) {
    const value = readings.number(field, index);
    // An entry that says nothing of the field changes nothing.
    if (Number.isNaN(value)) continue;
    const on = value === 1;
    if (on && since === null) since = readings.time(index);
    if (!on && since !== null) {
      spans.push([since, readings.time(index)]);
      since = null;
    }
  }
  if (since !== null) spans.push([since, Math.max(until, since)]);
  return spans;
}

/** The smallest span of a scale and the smallest change that means something, for values of a unit around a middle. */
export function manners(unit: string, middle: number, digits: number): { span: number; steady: number } {
  const known = KNOWN[unit];
  if (known !== undefined) return { span: known[0], steady: known[1] };
  const last = 10 ** -digits;
  return { span: Math.max(10 * last, Math.abs(middle) * 0.04), steady: Math.max(last, Math.abs(middle) * 0.005) };
}

const KNOWN: { [unit: string]: [number, number] } = {
  "°C": [3, 0.3],
  "°F": [5, 0.5],
  K: [3, 0.3],
  "%": [10, 1],
  hPa: [6, 0.5],
  mbar: [6, 0.5],
};
