/**
 * What a channel holds over a stretch of time, as the server told it: each entry, or spans with what was first, last, lowest
 * and highest in them. Entries that come afterwards are joined on without gap or double, whether they are points of
 * their own or belong to a span. Not here: asking the server, and which stretch it is.
 */

import { signal } from "@preact/signals";
import type { Entry } from "../api/contract";
import type { Overview } from "./columns";
import { type Cell, type Columns, toNumber } from "./series";

/** A field row by row. Where rows are entries there is but one value. */
type Column = { values: number[]; spans: { first: number[]; low: number[]; high: number[] } | null; hidden: number };

/** More points than this are asked for anew, in spans, rather than kept. */
export const MOST_POINTS = 4_000;
/** Entries that may wait for an answer that is under way. */
const MOST_WAITING = 500;
/** Without a value for this many of the usual times between two, something is missing. */
const MISSED = 4.5;
/** Values that come more often than this, in seconds, are not missed so soon. */
const SHORTEST_GAP = 10;
/** So many steps before and after one tell what is usual around it. */
const NEARBY = 3;

export class History {
  readonly version = signal(0);
  /** Seconds that each point stands for; 0 if each is an entry. */
  resolution = 0;
  /** How many entries all points stand for. */
  entries = 0;
  lastId = 0;
  /** Entries from before and after this stretch, in seconds, are none of ours. */
  bounds: [number, number] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  /** When the newest entry was, in seconds: the last span is not drawn beyond it. */
  latest = Number.POSITIVE_INFINITY;
  /** Which values of each field are believed; others are counted and left out. */
  valid = new Map<number, [number, number]>();
  private times: number[] = [];
  /** The entries' ids; `null` where rows are spans. */
  private ids: number[] | null = null;
  /** How many entries each span stands for, as far as they have numbers; `null` where rows are entries. */
  private counts: number[] | null = null;
  private rows = new Map<number, Column>();
  private holes = new Map<number, { version: number; indexes: Set<number> }>();
  /** What came through the stream, newest last: some of it may be missing in an answer that is under way. */
  private recent: Entry[] = [];
  /** The highest id that has left `recent`. */
  private forgotten = 0;

  get length(): number {
    return this.times.length;
  }

  /** Takes in an answer, and after it what came while it was under way. False if it came too late for that. */
  fill(answer: Overview): boolean {
    this.resolution = answer.resolution / 1000;
    this.entries = answer.entries;
    this.lastId = answer.lastId;
    this.times = Array.from(answer.times, (time) => time / 1000);
    this.ids = answer.ids && [...answer.ids];
    const spans = answer.ids === null;
    this.counts = spans ? this.times.map((_, index) => Math.max(0, ...answer.columns.map(({ count }) => count?.[index] ?? 0))) : null;
    this.rows = new Map(
      answer.columns.map(({ no, hidden, first, last, low, high }) => [
        no,
        { values: [...last], spans: spans ? { first: [...first], low: [...low], high: [...high] } : null, hidden },
      ]),
    );
    for (const entry of this.recent) this.join(entry);
    this.version.value += 1;
    return this.holdsAllSince(answer.lastId);
  }

  /** True if all that came since an id is remembered, so that an answer of that age can be made whole. */
  holdsAllSince(id: number): boolean {
    return this.forgotten <= id;
  }

  /** Adds an entry from the stream; false if it is here already. */
  add(entry: Entry): boolean {
    this.recent.push(entry);
    if (this.recent.length > MOST_WAITING) this.forgotten = Math.max(this.forgotten, this.recent.shift()!.entry_id);
    if (!this.join(entry)) return false;
    this.version.value += 1;
    return true;
  }

  /** Lets go of what is before a time, but for the last point, which leads into what follows. */
  dropBefore(time: number): void {
    const count = this.indexAt(time);
    if (count < 64) return;
    for (const row of this.all()) row.splice(0, count);
    this.version.value += 1;
  }

  /** What came through the stream does not count any more: the channel is not what it was. What is shown stays until the next answer. */
  forget(): void {
    this.recent = [];
    this.forgotten = 0;
  }

  time(index: number): number {
    return this.times[index]!;
  }

  number(field: number, index: number): number {
    return this.rows.get(field)?.values[index] ?? Number.NaN;
  }

  low(field: number, index: number): number {
    return this.rows.get(field)?.spans?.low[index] ?? this.number(field, index);
  }

  high(field: number, index: number): number {
    return this.rows.get(field)?.spans?.high[index] ?? this.number(field, index);
  }

  /** The numbers of the fields that there is anything of. */
  fields(): number[] {
    return [...this.rows.keys()];
  }

  /** The entry that a point is; `null` where it stands for many, or for none. */
  id(index: number): number | null {
    return this.ids?.[index] ?? null;
  }

  /** How many entries there are from a time to a time. Where spans lie across an end it is a little more. */
  entriesIn(from: number, until: number): number {
    const [first, last] = [Math.max(0, this.indexAt(from - this.resolution) + 1), this.indexAt(until)];
    if (first === 0 && last === this.length - 1) return this.entries;
    if (this.counts === null) return Math.max(0, last - first + 1);
    return this.counts.slice(first, last + 1).reduce((sum, count) => sum + count, 0);
  }

  /** How many values of a field are left out because they are not believed. */
  hidden(field: number): number {
    return this.rows.get(field)?.hidden ?? 0;
  }

  indexAt(time: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.times[middle]! <= time) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** The newest point at or before another that has a value of a field; -1 if there is none. */
  valueAt(field: number, index: number): number {
    let at = Math.min(index, this.length - 1);
    while (at >= 0 && Number.isNaN(this.number(field, at))) at -= 1;
    return at;
  }

  /** Whether a field was ever anything but 0 and 1 here, or `null` if it has no numbers. */
  isSwitch(field: number): boolean | null {
    const column = this.rows.get(field);
    const two = (row: number[] | null) => row?.every((value) => Number.isNaN(value) || value === 0 || value === 1) ?? true;
    if (!column?.values.some((value) => !Number.isNaN(value))) return null;
    return two(column.values) && two(column.spans?.low ?? null) && two(column.spans?.high ?? null);
  }

  /** The most decimals that a field's values need, up to three. */
  digits(field: number): number {
    let most = 0;
    for (const value of this.rows.get(field)?.values.slice(-200) ?? []) {
      if (Number.isNaN(value)) continue;
      while (most < 3 && Math.abs(value * 10 ** most - Math.round(value * 10 ** most)) > 1e-6 * 10 ** most) most += 1;
    }
    return most;
  }

  /**
   * Columns to draw: holes where a field was silent for longer than it usually is (or `gap` seconds). A span has two rows, at its
   * beginning and its end, between which the line goes from its first value to its last.
   */
  columns(fields: readonly number[], gap?: number): Columns {
    const times: number[] = [];
    const banded = this.resolution > 0;
    const lines = fields.map(() => ({ values: [] as Cell[], ...(banded && { low: [] as Cell[], high: [] as Cell[] }) }));
    const holes = fields.map((field) => this.holesOf(field, gap));
    const rows = fields.map((field) => this.rows.get(field));
    for (const [index, time] of this.times.entries()) {
      if (holes.some((indexes) => indexes.has(index))) {
        times.push((times.at(-1)! + time) / 2);
        lines.forEach(({ values, low, high }, line) => {
          const cell = holes[line]!.has(index) ? null : undefined;
          for (const row of [values, low, high]) row?.push(cell);
        });
      }
      const ends = banded ? [time, Math.max(time, Math.min(time + this.resolution, this.latest))] : [time];
      times.push(...ends);
      lines.forEach(({ values, low, high }, line) => {
        const column = rows[line];
        const last = column?.values[index] ?? Number.NaN;
        const there = !Number.isNaN(last);
        const spans = column?.spans;
        if (spans) {
          values.push(there ? spans.first[index] : undefined, there ? last : undefined);
          low?.push(there ? spans.low[index] : undefined, there ? spans.low[index] : undefined);
          high?.push(there ? spans.high[index] : undefined, there ? spans.high[index] : undefined);
        } else {
          for (const _ of ends) for (const row of [values, low, high]) row?.push(there ? last : undefined);
        }
      });
    }
    return { times, lines };
  }

  /** The points before which a field was silent for much longer than it usually is, or than it is around there. */
  private holesOf(field: number, gap: number | undefined): Set<number> {
    const known = this.holes.get(field);
    if (known?.version === this.version.peek() && gap === undefined) return known.indexes;
    const at = this.times.flatMap((_, index) => (Number.isNaN(this.number(field, index)) ? [] : [index]));
    const steps = at.slice(1).map((index, step) => this.times[index]! - this.times[at[step]!]!);
    const longest = gap ?? Math.max(MISSED * median(steps), 2.5 * this.resolution, SHORTEST_GAP);
    const indexes = new Set<number>();
    for (const [step, long] of steps.entries()) {
      if (long <= longest) continue;
      const around = gap === undefined ? median(steps.slice(Math.max(0, step - NEARBY), step + NEARBY + 1)) : 0;
      if (long > MISSED * around) indexes.add(at[step + 1]!);
    }
    if (gap === undefined) this.holes.set(field, { version: this.version.peek(), indexes });
    return indexes;
  }

  private join(entry: Entry): boolean {
    if (entry.entry_id <= this.lastId) return false;
    this.lastId = entry.entry_id;
    const time = entry.created_at / 1000;
    if (time < this.bounds[0] || time > this.bounds[1]) return false;
    this.entries += 1;
    const at = this.placeFor(time, entry.entry_id);
    if (this.counts) this.counts[at]! += 1;
    for (const [no, text] of Object.entries(entry.fields)) {
      const number = toNumber(text);
      if (Number.isNaN(number)) continue;
      const column = this.column(Number(no));
      const { values, spans } = column;
      const [least, most] = this.valid.get(Number(no)) ?? EVERY;
      if (number < least || number > most) {
        column.hidden += 1;
        continue;
      }
      const before = values[at]!;
      const alone = Number.isNaN(before);
      // In a span the newest value is the last; an entry that came late is not the newest.
      if (alone || at === this.length - 1) values[at] = number;
      if (!spans) continue;
      if (alone) spans.first[at] = number;
      spans.low[at] = alone ? number : Math.min(spans.low[at]!, number);
      spans.high[at] = alone ? number : Math.max(spans.high[at]!, number);
    }
    return true;
  }

  /** The point that a time belongs to: its span, or a new one, in the order of times. */
  private placeFor(time: number, id: number): number {
    const before = this.indexAt(time);
    let at = time;
    if (this.resolution > 0) {
      // Spans begin at multiples of their length; only the first of a stretch may be cut short.
      const span = this.spanOf(time);
      if (before >= 0 && this.spanOf(this.times[before]!) === span) return before;
      at = span * this.resolution;
    }
    for (const row of this.all()) {
      const cell = row === this.times ? at : row === this.ids ? id : row === this.counts ? 0 : Number.NaN;
      row.splice(before + 1, 0, cell);
    }
    return before + 1;
  }

  /** Every row of numbers there is, one number for each point. */
  private all(): number[][] {
    const rows = [...this.rows.values()].flatMap(({ values, spans }) => (spans ? [values, spans.first, spans.low, spans.high] : [values]));
    return [this.times, ...(this.ids ? [this.ids] : []), ...(this.counts ? [this.counts] : []), ...rows];
  }

  private spanOf(time: number): number {
    return Math.floor(Math.round(time * 1000) / Math.round(this.resolution * 1000));
  }

  private column(no: number): Column {
    let column = this.rows.get(no);
    if (column === undefined) {
      const empty = () => new Array<number>(this.length).fill(Number.NaN);
      column = { values: empty(), spans: this.resolution > 0 ? { first: empty(), low: empty(), high: empty() } : null, hidden: 0 };
      this.rows.set(no, column);
    }
    return column;
  }
}

const EVERY: [number, number] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];

function median(numbers: readonly number[]): number {
  return numbers.toSorted((one, other) => one - other)[numbers.length >> 1] ?? 0;
}
