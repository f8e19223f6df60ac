import { expect, test } from "vitest";
import type { Entry } from "../api/contract";
import type { Overview } from "./columns";
import { History } from "./history";
import { overview, type Said } from "./packed";

const noon = Date.UTC(2024, 5, 1, 12) / 1000;

const entry = (id: number, seconds: number, fields: { [no: string]: string } = { 1: String(id) }): Entry => ({
  entry_id: id,
  created_at: (noon + seconds) * 1000,
  fields,
});

const answer = (lastId: number, resolution: number, times: number[], more: Partial<Said["columns"][0]> = {}): Overview =>
  overview({
    start: noon * 1000,
    end: (noon + 3600) * 1000,
    resolution: resolution * 1000,
    entries: lastId,
    lastId,
    times: times.map((time) => (noon + time) * 1000),
    ...(resolution === 0 && { ids: times.map((_, index) => index + 1) }),
    columns: [{ no: 1, last: times.map((_, index) => index + 1), ...more }],
  });

const drawn = (history: History, fields = [1]) => {
  const { times, lines } = history.columns(fields);
  return { times: times.map((time) => time - noon), lines };
};

/** What each point stands for: its last, lowest and highest value. */
const looks = (history: History, field = 1) =>
  Array.from({ length: history.length }, (_, index) => [history.number(field, index), history.low(field, index), history.high(field, index)]);
const times = (history: History) => Array.from({ length: history.length }, (_, index) => history.time(index) - noon);

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

test("an entry joins the span it belongs to, and widens its band", () => {
  const history = new History();
  history.fill(answer(9, 60, [0, 60], { last: [5, 6], low: [4, 5], high: [6, 7] }));
  history.add(entry(10, 90, { 1: "9" }));
  expect(looks(history)).toEqual([[5, 4, 6], [9, 5, 9]]);
  expect(history.entries).toBe(10);
});

test("an entry after the last span begins one at its proper time", () => {
  const history = new History();
  history.fill(answer(9, 60, [0, 60], { low: [1, 2], high: [1, 2] }));
  history.add(entry(10, 130, { 1: "9" }));
  expect([times(history), looks(history)]).toEqual([[0, 60, 120], [[1, 1, 1], [2, 2, 2], [9, 9, 9]]]);
});

test("an entry that came late is put where its time belongs and does not pass for the newest", () => {
  const raw = new History();
  raw.fill(answer(2, 0, [0, 6], {}));
  raw.add(entry(3, 3));
  expect(drawn(raw)).toEqual({ times: [0, 3, 6], lines: [{ values: [1, 3, 2] }] });
  const spans = new History();
  spans.fill(answer(9, 60, [0, 60], { last: [5, 6], low: [4, 5], high: [6, 7] }));
  spans.add(entry(10, 20, { 1: "1" }));
  expect(looks(spans)).toEqual([[5, 1, 6], [6, 5, 7]]);
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
  history.fill(answer(3, 0, [0, 3, 6], { last: [0, 1, Number.NaN] }));
  expect([history.isSwitch(1), history.isSwitch(2)]).toEqual([true, null]);
  history.add(entry(4, 9, { 1: "0.5" }));
  expect(history.isSwitch(1)).toBe(false);
});

test("decimals are as many as the values have", () => {
  const history = new History();
  history.fill(answer(3, 0, [0, 3, 6], { last: [21, 21.25, 20.1] }));
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

test("a span that was cut short at the beginning does not shift those after it", () => {
  const history = new History();
  history.fill(answer(9, 60, [50], { last: [5], low: [4], high: [6] }));
  history.add(entry(10, 55, { 1: "9" }));
  history.add(entry(11, 115, { 1: "2" }));
  history.add(entry(12, 125, { 1: "3" }));
  expect([times(history), looks(history)]).toEqual([[50, 60, 120], [[9, 4, 9], [2, 2, 2], [3, 3, 3]]]);
});

test("a span is drawn from its first value at its beginning to its last at its end, which is not after the newest entry", () => {
  const history = new History();
  history.fill(answer(9, 60, [0, 60], { first: [1, 3], last: [2, 4], low: [0, 2], high: [5, 6] }));
  history.latest = noon + 70;
  expect(drawn(history)).toEqual({
    times: [0, 60, 60, 70],
    lines: [{ values: [1, 2, 3, 4], low: [0, 0, 2, 2], high: [5, 5, 6, 6] }],
  });
});

test("points know which entries they are, also those that came late; spans are no entries", () => {
  const history = new History();
  history.fill(answer(2, 0, [0, 6]));
  history.add(entry(7, 3));
  expect([0, 1, 2, 3].map((index) => history.id(index))).toEqual([1, 7, 2, null]);
  history.fill(answer(9, 60, [0]));
  expect(history.id(0)).toBeNull();
});

test("values that are not believed are counted and not drawn, whether they were there or come now", () => {
  const history = new History();
  history.valid.set(1, [0, 50]);
  history.fill(answer(3, 0, [0, 3, 6], { hidden: 2 }));
  history.add(entry(4, 9, { 1: "-127" }));
  history.add(entry(5, 12, { 1: "50" }));
  expect([history.hidden(1), history.hidden(2)]).toEqual([3, 0]);
  expect(drawn(history).lines).toEqual([{ values: [1, 2, 3, undefined, 50] }]);
});

test("after the channel was changed, what came through the stream before is not put on top of the new answer", () => {
  const history = new History();
  history.fill(answer(2, 0, [0, 3]));
  history.add(entry(3, 6));
  history.forget();
  expect(history.length).toBe(3);
  expect(history.fill(answer(1, 0, [0]))).toBe(true);
  expect(drawn(history).times).toEqual([0]);
});

test("entries are counted for the stretch that is shown, also where more was read, and as they come", () => {
  const history = new History();
  history.fill(answer(40, 60, [0, 60, 120, 180], { count: [10, 12, 8, 10] }));
  expect(history.entriesIn(noon, noon + 240)).toBe(40);
  expect(history.entriesIn(noon + 60, noon + 179)).toBe(20);
  history.add(entry(41, 130));
  history.add(entry(42, 250));
  expect(history.entriesIn(noon + 60, noon + 179)).toBe(21);
  expect(history.entriesIn(noon, noon + 300)).toBe(42);
  history.fill(answer(4, 0, [0, 60, 120, 180]));
  expect(history.entriesIn(noon + 1, noon + 120)).toBe(2);
  expect(history.entriesIn(noon + 500, noon + 600)).toBe(0);
});
