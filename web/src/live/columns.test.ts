import { expect, test } from "vitest";
import { decode } from "./columns";
import { packed } from "./packed";

/** Bytes as the document of the form has them, written out by hand: two entries of one field. */
const TWO_ENTRIES = [
  "46504331 00000000 02000000 01000000", // FPC1, points, two rows, one column
  "e803000000000000 d007000000000000 0000000000000000", // from 1000 to 2000, each an entry
  "0200000000000000 0900000000000000", // two entries, the newest id is 9
  "0000000000709740 0000000000409f40", // 1500, 2000
  "0000000000002040 0000000000002240", // ids 8, 9
  "03000000 01000000", // field 3, one hidden
  "0000000000003540 000000000000f87f", // 21, none
];

function bytes(lines: readonly string[]): ArrayBuffer {
  const pairs = lines.join("").replaceAll(" ", "").match(/../g)!;
  return new Uint8Array(pairs.map((pair) => Number.parseInt(pair, 16))).buffer;
}

test("entries are read from the bytes of the form", () => {
  const read = decode(bytes(TWO_ENTRIES));
  expect(read).toMatchObject({ start: 1_000, end: 2_000, resolution: 0, entries: 2, lastId: 9 });
  expect([...read.times]).toEqual([1_500, 2_000]);
  expect([...read.ids!]).toEqual([8, 9]);
  const [column] = read.columns;
  expect(column).toMatchObject({ no: 3, hidden: 1, count: null });
  expect([...column!.last]).toEqual([21, Number.NaN]);
  expect(column!.high).toBe(column!.last);
});

test("spans have what was first, last, lowest and highest, and columns begin at multiples of eight bytes", () => {
  const one = { no: 1, first: [1, 2, 3], last: [4, 5, 6], low: [0, 1, 2], high: [7, 8, 9], count: [10, 11, 12] };
  const two = { no: 8, hidden: 3, last: [Number.NaN, 20, -1e300] };
  const read = decode(packed({ times: [0, 60_000, 180_000], columns: [one, two], resolution: 60_000, entries: 33, lastId: 40 }));
  expect(read).toMatchObject({ resolution: 60_000, entries: 33, lastId: 40, ids: null });
  const rows = ({ first, last, low, high, count }: (typeof read.columns)[0]) => [first, last, low, high, count!].map((row) => [...row]);
  expect(rows(read.columns[0]!)).toEqual([one.first, one.last, one.low, one.high, one.count]);
  expect(rows(read.columns[1]!)).toEqual([two.last, two.last, two.last, two.last, [1, 1, 1]]);
  expect(read.columns.map(({ no, hidden }) => [no, hidden])).toEqual([[1, 0], [8, 3]]);
});

test("nothing is an answer too", () => {
  const read = decode(packed({ times: [], ids: [], columns: [{ no: 1, last: [] }] }));
  expect([read.times.length, read.columns[0]!.last.length]).toEqual([0, 0]);
});

test("numbers are looked at where they lie", () => {
  const answer = packed({ times: [1, 2], columns: [{ no: 1, last: [3, 4] }] });
  const read = decode(answer);
  for (const row of [read.times, read.columns[0]!.high]) expect(row.buffer).toBe(answer);
});

test("what is no such answer, or was cut short, is said to be unreadable", () => {
  const whole = packed({ times: [1, 2, 3], ids: [1, 2, 3], columns: [{ no: 1, last: [3, 4, 5] }] });
  for (const length of [0, 3, 55, 56, 80, whole.byteLength - 1]) {
    expect(() => decode(whole.slice(0, length))).toThrow("another version");
  }
  expect(() => decode(new TextEncoder().encode("<!doctype html>".repeat(9)).buffer as ArrayBuffer)).toThrow("another version");
  const odd = whole.slice(0);
  new DataView(odd).setUint32(4, 7, true);
  expect(() => decode(odd)).toThrow("another version");
});
