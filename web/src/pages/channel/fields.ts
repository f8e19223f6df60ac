/** What kind of thing each field of a channel is, judged by its label and by what it holds. */

import { type Measure, manners, mean, type Trend, way } from "../../charts/reading";
import type { Detail } from "../../api/contract";
import type { History } from "../../live/history";
import { isNumber, parseLabel } from "../../ui/value";
import type { Line } from "../../charts/chart";
import { MARKS } from "../../charts/paint";

export type Kind =
  /** Numbers: a line. */
  | "line"
  /** Only 0 and 1: on and off. */
  | "switch"
  /** Words: a list. */
  | "text"
  /** Nothing in this stretch. */
  | "none";

export type FieldView = { no: number; kind: Kind; measure: Measure; line: Line };

/** Fields may be told apart by these when they share a chart. */
const DASHES: readonly (readonly number[] | undefined)[] = [undefined, [9, 5], [2, 4], [12, 4, 2, 4], [5, 3], [16, 5], [2, 3, 8, 3], [7, 3, 2, 3, 2, 3]];

type Texts = { [no: string]: string };

/** How each field is shown; what the stretch does not tell is looked up in the last day. */
export function viewFields(fields: Detail["fields"], history: History, today: History, texts: Texts, known: Map<number, Measure>): FieldView[] {
  return fields.map(({ no, label }) => {
    const { name, unit } = parseLabel(label);
    const digits = Math.max(history.digits(no), today.digits(no));
    const at = history.valueAt(no, history.length - 1);
    const middle = at < 0 ? 0 : history.number(no, at);
    // One object for good: a chart that is drawn already follows what it says.
    const measure: Measure = Object.assign(known.get(no) ?? {}, { field: no, name, unit, digits, ...manners(unit, middle, digits) });
    known.set(no, measure);
    return { no, kind: kindOf(no, unit, history, today, texts), measure, line: lineOf(no, measure) };
  });
}

function kindOf(no: number, unit: string, history: History, today: History, texts: Texts): Kind {
  const here = history.isSwitch(no);
  const two = here ?? today.isSwitch(no);
  if (two === null) {
    const text = texts[no];
    return text !== undefined && !isNumber(text) ? "text" : "none";
  }
  return two && unit === "" ? "switch" : here === null ? "none" : "line";
}

function lineOf(no: number, measure: Measure): Line {
  return { measure, colour: `--field${no}` };
}

/** The same line as one of several on one chart. */
export function amongOthers(line: Line): Line {
  const index = line.measure.field - 1;
  const dash = DASHES[index % DASHES.length];
  return { ...line, mark: MARKS[index % MARKS.length]!, ...(dash && { dash }) };
}

/** Which values of a field are believed; `null` for all. */
export function validOf({ valid }: Detail["fields"][0]): [number, number] | null {
  return valid ? [valid.min ?? Number.NEGATIVE_INFINITY, valid.max ?? Number.POSITIVE_INFINITY] : null;
}

export type Day = { low: number; high: number } | null;

/** The lowest and highest value of a field since a time. */
export function extremes(history: History, field: number, since: number): Day {
  let day: Day = null;
  for (let index = Math.max(0, history.indexAt(since)); index < history.length; index += 1) {
    const [low, high] = [history.low(field, index), history.high(field, index)];
    if (history.time(index) < since || Number.isNaN(low)) continue;
    day = day === null ? { low, high } : { low: Math.min(low, day.low), high: Math.max(high, day.high) };
  }
  return day;
}

/** Where a field is going, by its last hour; `null` if there is too little to tell. */
export function heading(history: History, { field, steady }: Measure, now: number): Trend | null {
  const values: number[] = [];
  for (let index = Math.max(0, history.indexAt(now - 3_600)); index < history.length; index += 1) {
    const value = history.number(field, index);
    if (history.time(index) >= now - 3_600 && !Number.isNaN(value)) values.push(value);
  }
  if (values.length < 2) return null;
  // The end of the hour against its beginning: slow change counts as well.
  const quarter = Math.max(1, Math.floor(values.length / 4));
  return way(mean(values.slice(0, quarter)), mean(values.slice(-quarter)), steady);
}
