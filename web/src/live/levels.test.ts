import { expect, test } from "vitest";
import { Levels } from "./levels";
import { overview } from "./packed";

/** From a second to a second, in spans of so many seconds. */
const level = (start: number, end: number, resolution: number, lastId = 0) =>
  overview({ start: start * 1000, end: end * 1000, resolution: resolution * 1000, times: [], columns: [], lastId });

const kept = (levels: Levels, ...all: [ReturnType<typeof level>, boolean?][]) => all.map(([each, open = false]) => levels.keep(each, open));

test("what is fine enough and shows all is sharp; the coarsest that is will do", () => {
  const levels = new Levels(() => true);
  const [, hours, minutes] = kept(levels, [level(0, 100_000, 7_200)], [level(0, 100_000, 3_600)], [level(0, 50_000, 60)]);
  expect(levels.sharp([100, 90_000], 3_600)).toBe(hours);
  expect(levels.sharp([100, 40_000], 3_600)).toBe(hours);
  expect(levels.sharp([100, 40_000], 60)).toBe(minutes);
  expect(levels.sharp([100, 60_000], 60)).toBeNull();
});

test("coarsely, the finest that shows all is best, else what shows most", () => {
  const levels = new Levels(() => true);
  const [days, hours, near] = kept(levels, [level(0, 100_000, 86_400)], [level(0, 100_000, 3_600)], [level(40_000, 50_000, 1)]);
  expect(levels.coarse([42_000, 43_000])).toBe(near);
  expect(levels.coarse([42_000, 60_000])).toBe(hours);
  expect(levels.coarse([90_000, 120_000])).toBe(hours);
  expect(levels.coarse([200_000, 300_000])).toBeNull();
  expect(days).not.toBe(hours);
});

test("what reaches to the present goes on with what came, as long as all of that is known", () => {
  let known = 5;
  const levels = new Levels((id) => known <= id);
  const [live] = kept(levels, [level(0, 1_000, 60, 7), true]);
  expect(levels.sharp([500, 1_500], 60)).toBe(live);
  known = 8;
  expect(levels.sharp([500, 1_500], 60)).toBeNull();
  expect(levels.coarse([500, 1_500])).toBe(live);
});

test("the same stretch is kept once, as it was last; and what was not used for long is let go", () => {
  const levels = new Levels(() => true);
  kept(levels, [level(0, 1_000, 60, 1)]);
  const [again] = kept(levels, [level(0, 1_000, 60, 2)]);
  expect(levels.sharp([0, 1_000], 60)).toBe(again);
  for (let each = 1; each <= 30; each += 1) {
    kept(levels, [level(each * 10_000, each * 10_000 + 1_000, 60)]);
    levels.coarse([0, 1_000]);
  }
  expect(levels.sharp([0, 1_000], 60)).toBe(again);
  expect(levels.sharp([10_000, 11_000], 60)).toBeNull();
  levels.clear();
  expect(levels.coarse([0, 1_000])).toBeNull();
});
