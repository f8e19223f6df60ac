/**
 * What a channel holds over a stretch of time, as the server told it: each entry, or buckets with what was lowest
 * and highest in them. Entries that come afterwards are joined on without gap or double, whether they are points of
 * their own or belong to a bucket. Not here: asking the server, and which stretch it is.
 */

import { signal } from "@preact/signals";
import type { Entry, Series as Answer } from "../api/contract";
import { type Cell, type Columns, toNumber } from "./series";

type Column = { values: number[]; low: number[] | null; high: number[] | null };

/** More points than this are asked for anew, in buckets, rather than kept. */
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
  /** How many entries the points stand for. */
  entries = 0;
  lastId = 0;
  /** Entries from before and after this stretch, in seconds, are none of ours. */
  bounds: [number, number] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  private times: number[] = [];
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
  fill(answer: Answer): boolean {
    this.resolution = answer.resolution_ms / 1000;
    this.entries = answer.entries;
    this.lastId = answer.last_id;
    this.times = answer.times.map((time) => time / 1000);
    this.rows = new Map(
      answer.columns.map(({ no, values, low, high }) => [
        no,
        { values: values.map(toNan), low: low?.map(toNan) ?? null, high: high?.map(toNan) ?? null },
      ]),
    );
    for (const entry of this.recent) this.join(entry);
    this.version.value += 1;
    return this.forgotten <= answer.last_id;
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
    this.times.splice(0, count);
    for (const column of this.rows.values()) {
      for (const row of [column.values, column.low, column.high]) row?.splice(0, count);
    }
    this.version.value += 1;
  }

  /** Begins anew: the channel was cleared. */
  clear(): void {
    this.recent = [];
    this.forgotten = 0;
    this.fill({ start_at: 0, end_at: 0, resolution_ms: 0, entries: 0, last_id: 0, times: [], columns: [] });
  }

  time(index: number): number {
    return this.times[index]!;
  }

  number(field: number, index: number): number {
    return this.rows.get(field)?.values[index] ?? Number.NaN;
  }

  low(field: number, index: number): number {
    return this.rows.get(field)?.low?.[index] ?? this.number(field, index);
  }

  high(field: number, index: number): number {
    return this.rows.get(field)?.high?.[index] ?? this.number(field, index);
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
    return two(column.values) && two(column.low) && two(column.high);
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

  /** Columns to draw: holes where a field was silent for longer than it usually is (or `gap` seconds). */
  columns(fields: readonly number[], gap?: number): Columns {
    const times: number[] = [];
    const banded = this.resolution > 0;
    const lines = fields.map(() => ({ values: [] as Cell[], ...(banded && { low: [] as Cell[], high: [] as Cell[] }) }));
    const holes = fields.map((field) => this.holesOf(field, gap));
    for (const [index, time] of this.times.entries()) {
      const numbers = fields.map((field) => this.number(field, index));
      const broken = holes.map((indexes) => indexes.has(index));
      if (broken.includes(true)) {
        times.push((times.at(-1)! + time) / 2);
        lines.forEach(({ values, low, high }, line) => {
          const cell = broken[line] ? null : undefined;
          for (const row of [values, low, high]) row?.push(cell);
        });
      }
      times.push(time);
      lines.forEach(({ values, low, high }, line) => {
        const there = !Number.isNaN(numbers[line]!);
        values.push(there ? numbers[line] : undefined);
        low?.push(there ? this.low(fields[line]!, index) : undefined);
        high?.push(there ? this.high(fields[line]!, index) : undefined);
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
    const at = this.placeFor(time);
    for (const [no, text] of Object.entries(entry.fields)) {
      const number = toNumber(text);
      if (Number.isNaN(number)) continue;
      const { values, low, high } = this.column(Number(no));
      const before = values[at]!;
      // In a bucket the newest value stands for it; an entry that came late is not the newest.
      if (Number.isNaN(before) || at === this.length - 1) values[at] = number;
      if (low) low[at] = Number.isNaN(before) ? number : Math.min(low[at]!, number);
      if (high) high[at] = Number.isNaN(before) ? number : Math.max(high[at]!, number);
    }
    return true;
  }

  /** The point that a time belongs to: its bucket, or a new one, in the order of times. */
  private placeFor(time: number): number {
    const before = this.indexAt(time);
    let at = time;
    if (this.resolution > 0) {
      // Buckets begin at multiples of their length; only the first of a stretch may be cut short.
      const bucket = this.bucketOf(time);
      if (before >= 0 && this.bucketOf(this.times[before]!) === bucket) return before;
      at = bucket * this.resolution;
    }
    this.times.splice(before + 1, 0, at);
    for (const column of this.rows.values()) {
      for (const row of [column.values, column.low, column.high]) row?.splice(before + 1, 0, Number.NaN);
    }
    return before + 1;
  }

  private bucketOf(time: number): number {
    return Math.floor(Math.round(time * 1000) / Math.round(this.resolution * 1000));
  }

  private column(no: number): Column {
    let column = this.rows.get(no);
    if (column === undefined) {
      const empty = () => new Array<number>(this.length).fill(Number.NaN);
      column = { values: empty(), low: this.resolution > 0 ? empty() : null, high: this.resolution > 0 ? empty() : null };
      this.rows.set(no, column);
    }
    return column;
  }
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((one, other) => one - other)[numbers.length >> 1] ?? 0;
}

function toNan(value: number | null): number {
  return value ?? Number.NaN;
}
