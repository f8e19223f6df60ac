import { expect, test } from "vitest";
import type { Entry, Series as Answer } from "../api/contract";
import { History } from "./history";

const noon = Date.UTC(2024, 5, 1, 12) / 1000;

const entry = (id: number, seconds: number, fields: { [no: string]: string } = { 1: String(id) }): Entry => ({
  entry_id: id,
  created_at: (noon + seconds) * 1000,
  fields,
});

const answer = (last_id: number, resolution: number, times: number[], more: Partial<Answer["columns"][0]>): Answer => ({
  start_at: noon * 1000,
  end_at: (noon + 3600) * 1000,
  resolution_ms: resolution * 1000,
  entries: last_id,
  last_id,
  times: times.map((time) => (noon + time) * 1000),
  columns: [{ no: 1, hidden: 0, values: times.map((_, index) => index + 1), ...more }],
});

const drawn = (history: History, fields = [1]) => {
  const { times, lines } = history.columns(fields);
  return { times: times.map((time) => time - noon), lines };
};

test("entries from the stream go on where the answer ended, each once", () => {
  const history = new History();
  history.fill(answer(3, 0, [0, 3, 6], {}));
  expect([entry(3, 6), entry(4, 9), entry(4, 9), entry(5, 12)].map((each) => history.add(each))).toEqual([false, true, false, true]);
  expect(drawn(history)).toEqual({ times: [0, 3, 6, 9, 12], lines: [{ values: [1, 2, 3, 4, 5] }] });
});

test("what came while an answer was under way is neither lost nor there twice", () => {
  const history = new History();
  for (const id of [2, 3, 4]) history.add(entry(id, id * 3 - 3));
  expect(history.fill(answer(3, 0, [0, 3, 6], {}))).toBe(true);
  expect(drawn(history)).toEqual({ times: [0, 3, 6, 9], lines: [{ values: [1, 2, 3, 4] }] });
});

test("an answer that is older than all that is remembered says so", () => {
  const history = new History();
  for (let id = 1; id <= 600; id += 1) history.add(entry(id, id));
  expect(history.fill(answer(50, 0, [0, 3], {}))).toBe(false);
  expect(history.fill(answer(300, 0, [0, 3], {}))).toBe(true);
});

test("an entry joins the bucket it belongs to, and widens its band", () => {
  const history = new History();
  history.fill(answer(9, 60, [0, 60], { values: [5, 6], low: [4, 5], high: [6, 7] }));
  history.add(entry(10, 90, { 1: "9" }));
  expect(drawn(history).lines).toEqual([{ values: [5, 9], low: [4, 5], high: [6, 9] }]);
  expect(history.entries).toBe(10);
});

test("an entry after the last bucket begins one at its proper time", () => {
  const history = new History();
  history.fill(answer(9, 60, [0, 60], { low: [1, 2], high: [1, 2] }));
  history.add(entry(10, 130, { 1: "9" }));
  expect(drawn(history)).toEqual({ times: [0, 60, 120], lines: [{ values: [1, 2, 9], low: [1, 2, 9], high: [1, 2, 9] }] });
});

test("an entry that came late is put where its time belongs and does not pass for the newest", () => {
  const raw = new History();
  raw.fill(answer(2, 0, [0, 6], {}));
  raw.add(entry(3, 3));
  expect(drawn(raw)).toEqual({ times: [0, 3, 6], lines: [{ values: [1, 3, 2] }] });
  const buckets = new History();
  buckets.fill(answer(9, 60, [0, 60], { values: [5, 6], low: [4, 5], high: [6, 7] }));
  buckets.add(entry(10, 20, { 1: "1" }));
  expect(drawn(buckets).lines).toEqual([{ values: [5, 6], low: [1, 5], high: [6, 7] }]);
});

test("a line goes on over entries that do not speak of it", () => {
  const history = new History();
  history.fill(answer(2, 0, [0, 10], {}));
  history.add(entry(3, 12, { 2: "7" }));
  history.add(entry(4, 20, { 1: "3" }));
  expect(drawn(history, [1, 2]).lines).toEqual([{ values: [1, 2, undefined, 3] }, { values: [undefined, undefined, 7, undefined] }]);
});

test("a line breaks where nothing came for much longer than usual", () => {
  const history = new History();
  history.fill(answer(4, 0, [0, 20, 40, 300], {}));
  expect(drawn(history)).toEqual({ times: [0, 20, 40, 170, 300], lines: [{ values: [1, 2, 3, null, 4] }] });
});

test("texts are no numbers, and do not become points", () => {
  const history = new History();
  history.fill(answer(1, 0, [0], {}));
  history.add(entry(2, 3, { 1: "door open" }));
  expect(drawn(history).lines).toEqual([{ values: [1, undefined] }]);
});

test("a field of noughts and ones is a switch; an empty one is nothing", () => {
  const history = new History();
  history.fill(answer(3, 0, [0, 3, 6], { values: [0, 1, null] }));
  expect([history.isSwitch(1), history.isSwitch(2)]).toEqual([true, null]);
  history.add(entry(4, 9, { 1: "0.5" }));
  expect(history.isSwitch(1)).toBe(false);
});

test("decimals are as many as the values have", () => {
  const history = new History();
  history.fill(answer(3, 0, [0, 3, 6], { values: [21, 21.25, 20.1] }));
  expect(history.digits(1)).toBe(2);
  expect(history.digits(2)).toBe(0);
});

test("what has left the stretch is let go, but for the point that leads into it", () => {
  const history = new History();
  history.fill(answer(200, 0, Array.from({ length: 200 }, (_, index) => index), {}));
  history.dropBefore(noon + 150.5);
  expect(history.length).toBe(50);
  expect(history.number(1, 0)).toBe(151);
});

test("entries of another stretch are counted as seen and not drawn", () => {
  const history = new History();
  history.bounds = [noon, noon + 10];
  history.fill(answer(2, 0, [0, 6], {}));
  expect([entry(3, 20), entry(4, -5), entry(5, 8)].map((each) => history.add(each))).toEqual([false, false, true]);
  expect(drawn(history).times).toEqual([0, 6, 8]);
  expect(history.lastId).toBe(5);
});

test("values that come more seldom for a while are no row of holes, and a real hole is one in either part", () => {
  const times = [0, 60, 120, 180, 240, 300, 303, 306, 309, 312, 315, 318, 500, 503, 506, 509];
  const history = new History();
  history.fill(answer(16, 0, times, {}));
  const { lines } = history.columns([1]);
  expect(lines[0]!.values.flatMap((value, index) => (value === null ? [index] : []))).toEqual([12]);
});

test("a bucket that was cut short at the beginning does not shift those after it", () => {
  const history = new History();
  history.fill(answer(9, 60, [50], { values: [5], low: [4], high: [6] }));
  history.add(entry(10, 55, { 1: "9" }));
  history.add(entry(11, 115, { 1: "2" }));
  history.add(entry(12, 125, { 1: "3" }));
  expect(drawn(history)).toEqual({ times: [50, 60, 120], lines: [{ values: [9, 2, 3], low: [4, 2, 3], high: [9, 2, 3] }] });
});
