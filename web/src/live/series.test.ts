import { expect, test } from "vitest";
import type { Entry } from "../api/types";
import { Series } from "./series";

const noon = Date.UTC(2024, 5, 1, 12) / 1000;

function entry(id: number, seconds: number, field1: string | null = String(id)): Entry {
  return { entry_id: id, created_at: new Date((noon + seconds) * 1000).toISOString(), field1 };
}

function series(capacity: number, ...entries: Entry[]): Series {
  const series = new Series(["field1"], capacity);
  for (const each of entries) series.add(each);
  return series;
}

function ids(series: Series): number[] {
  return Array.from({ length: series.length }, (_, index) => series.id(index));
}

test("the oldest entry makes room for the newest", () => {
  const full = series(3, ...[1, 2, 3, 4, 5].map((id) => entry(id, id)));
  expect(ids(full)).toEqual([3, 4, 5]);
  expect(full.columns([0], 60)).toEqual({ times: [noon + 3, noon + 4, noon + 5], lines: [{ values: [3, 4, 5] }] });
});

test("an entry that is already here changes nothing", () => {
  const twice = series(5, entry(1, 0), entry(2, 3));
  const before = twice.version.value;
  expect(twice.add(entry(2, 3))).toBe(false);
  expect(twice.add(entry(1, 0))).toBe(false);
  expect(ids(twice)).toEqual([1, 2]);
  expect(twice.version.value).toBe(before);
});

test("a late entry is put where its time belongs", () => {
  const late = series(5, entry(1, 0), entry(2, 30), entry(3, 10), entry(4, 20));
  expect(ids(late)).toEqual([1, 3, 4, 2]);
  expect(late.lastId).toBe(4);
});

test("a late entry is put right across the end of the ring", () => {
  const late = series(4, ...[1, 2, 3, 4, 5, 6].map((id) => entry(id, id * 10)), entry(7, 45));
  expect(ids(late)).toEqual([4, 7, 5, 6]);
});

test("an entry older than all that a full ring holds is left out but counts as seen", () => {
  const full = series(2, entry(1, 10), entry(2, 20));
  expect(full.add(entry(3, 0))).toBe(true);
  expect(ids(full)).toEqual([1, 2]);
  expect(full.add(entry(3, 0))).toBe(false);
});

test("a column has a hole where nothing came for long, and where a value is no number", () => {
  const full = series(9, entry(1, 0), entry(2, 60), entry(3, 63, "n/a"), entry(4, 66, null));
  const { times, lines } = full.columns([0], 15);
  expect(times).toEqual([0, 30, 60, 63, 66].map((seconds) => noon + seconds));
  expect(lines[0]?.values).toEqual([1, null, 2, null, null]);
});

test("texts stay as they were sent", () => {
  expect(series(2, entry(1, 0, "21.50")).row(0).texts).toEqual(["21.50"]);
});

test("the entry in force at a time is found", () => {
  const three = series(5, entry(1, 0), entry(2, 10), entry(3, 20));
  expect([-1, 0, 9, 10, 99].map((seconds) => three.indexAt(noon + seconds))).toEqual([-1, 0, 0, 1, 2]);
});

test("a cleared series begins anew", () => {
  const cleared = series(3, entry(8, 0));
  cleared.clear();
  expect(cleared.add(entry(1, 0))).toBe(true);
  expect(ids(cleared)).toEqual([1]);
});
