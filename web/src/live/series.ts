/**
 * The newest entries of a channel in columns, oldest first, in rings of fixed length. Entries that were
 * kept on a board while it was offline come late and are put where their time belongs; an entry that is
 * already here changes nothing.
 */

import { signal } from "@preact/signals";
import type { Entry, Fields } from "../api/types";

export type FieldName = keyof Fields;

export type Row = { id: number; time: number; texts: (string | null)[] };

/** What is drawn: a hole is `null`; a time at which a line has nothing to say, and goes on, is left open. */
export type Columns = {
  times: number[];
  lines: { values: Cell[]; low?: Cell[]; high?: Cell[] }[];
};

export type Cell = number | null | undefined;

export class Series {
  /** Changes with every change of what is in here. */
  readonly version = signal(0);
  /** The highest entry id that was ever in here. */
  lastId = 0;
  length = 0;
  private start = 0;
  private readonly times: Float64Array;
  private readonly ids: Float64Array;
  private readonly numbers: Float64Array[];
  private readonly texts: (string | null)[][];

  constructor(
    readonly fields: readonly FieldName[],
    readonly capacity: number,
  ) {
    this.times = new Float64Array(capacity);
    this.ids = new Float64Array(capacity);
    this.numbers = fields.map(() => new Float64Array(capacity));
    this.texts = fields.map(() => new Array<string | null>(capacity).fill(null));
  }

  /** Adds an entry; false if its id is not above all that were here before. */
  add(entry: Entry): boolean {
    const time = Date.parse(entry.created_at) / 1000;
    if (entry.entry_id <= this.lastId || Number.isNaN(time)) return false;
    this.lastId = entry.entry_id;
    if (this.length === this.capacity) {
      if (time < this.times[this.slot(0)]!) return true;
      this.start = this.slot(1);
      this.length -= 1;
    }
    let at = this.length;
    while (at > 0 && this.times[this.slot(at - 1)]! > time) {
      this.copy(this.slot(at - 1), this.slot(at));
      at -= 1;
    }
    this.length += 1;
    this.write(this.slot(at), entry, time);
    this.version.value += 1;
    return true;
  }

  clear(): void {
    this.lastId = 0;
    this.length = 0;
    this.version.value += 1;
  }

  /** Times in seconds. */
  time(index: number): number {
    return this.times[this.slot(index)]!;
  }

  id(index: number): number {
    return this.ids[this.slot(index)]!;
  }

  /** A field's number; not a number if the field has none. */
  number(field: number, index: number): number {
    return this.numbers[field]![this.slot(index)]!;
  }

  text(field: number, index: number): string | null {
    return this.texts[field]![this.slot(index)]!;
  }

  row(index: number): Row {
    const texts = this.fields.map((_, field) => this.text(field, index));
    return { id: this.id(index), time: this.time(index), texts };
  }

  /** The index of the newest entry that is not after a time; -1 if all are. */
  indexAt(time: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.time(middle) <= time) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Times and the numbers of some fields, with a hole wherever nothing came for longer than `gap` seconds. */
  columns(fields: readonly number[], gap: number): Columns {
    const times: number[] = [];
    const lines = fields.map((): { values: (number | null)[] } => ({ values: [] }));
    for (let index = 0; index < this.length; index += 1) {
      const time = this.time(index);
      const before = times.at(-1);
      if (before !== undefined && time - before > gap) {
        times.push((before + time) / 2);
        for (const { values } of lines) values.push(null);
      }
      times.push(time);
      fields.forEach((field, line) => {
        const value = this.number(field, index);
        lines[line]!.values.push(Number.isNaN(value) ? null : value);
      });
    }
    return { times, lines };
  }

  private slot(index: number): number {
    return (this.start + index) % this.capacity;
  }

  private copy(from: number, to: number): void {
    this.times[to] = this.times[from]!;
    this.ids[to] = this.ids[from]!;
    for (const column of this.numbers) column[to] = column[from]!;
    for (const column of this.texts) column[to] = column[from]!;
  }

  private write(slot: number, entry: Entry, time: number): void {
    this.times[slot] = time;
    this.ids[slot] = entry.entry_id;
    this.fields.forEach((field, index) => {
      const text = entry[field] ?? null;
      this.texts[index]![slot] = text;
      this.numbers[index]![slot] = toNumber(text);
    });
  }
}

/** The number that a field's text is; not a number if it is none. */
export function toNumber(text: string | null): number {
  const number = text === null || text.trim() === "" ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : Number.NaN;
}
