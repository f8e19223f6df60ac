/** Writes binary columns as the server does, for tests: `columns.test.ts` holds the form itself to its bytes. */

import { decode, type Overview } from "./columns";

/** What an answer says; what is left out is nought, or as the rows have it. Times and resolution are milliseconds. */
export type Said = {
  times: number[];
  /** Where rows are entries; else they are spans. */
  ids?: number[];
  columns: { no: number; hidden?: number; last: number[]; first?: number[]; low?: number[]; high?: number[]; count?: number[] }[];
  start?: number;
  end?: number;
  resolution?: number;
  entries?: number;
  lastId?: number;
};

export function packed({ times, ids, columns, start = 0, end = 0, resolution = 0, entries = times.length, lastId = 0 }: Said): ArrayBuffer {
  const bytes: number[] = [];
  const put = (size: number, write: (view: DataView) => void) => {
    const view = new DataView(new ArrayBuffer(size));
    write(view);
    bytes.push(...new Uint8Array(view.buffer));
  };
  const u32 = (value: number) => put(4, (view) => view.setUint32(0, value, true));
  const i64 = (value: number) => put(8, (view) => view.setBigInt64(0, BigInt(value), true));
  const f64 = (values: number[]) => values.forEach((value) => put(8, (view) => view.setFloat64(0, value, true)));
  bytes.push(...new TextEncoder().encode("FPC1"));
  for (const value of [ids ? 0 : 1, times.length, columns.length]) u32(value);
  for (const value of [start, end, resolution, entries, lastId]) i64(value);
  f64(times);
  if (ids) f64(ids);
  for (const { no, hidden = 0, last, first = last, low = last, high = last, count = last.map(() => 1) } of columns) {
    u32(no);
    u32(hidden);
    if (ids) f64(last);
    else {
      for (const row of [first, last, low, high]) f64(row);
      count.forEach(u32);
      if (count.length % 2 === 1) u32(0);
    }
  }
  return new Uint8Array(bytes).buffer;
}

/** What the page makes of such an answer. */
export function overview(said: Said): Overview {
  return decode(packed(said));
}
