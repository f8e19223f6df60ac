import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { tick } from "../../live/clock";
import { overview } from "../../live/packed";
import { type Ask, Sight, type Wanted } from "./sight";

const HOUR = 3_600;
const DAY = 24 * HOUR;
const now = Date.UTC(2026, 10, 25) / 1000;

beforeEach(() => {
  vi.useFakeTimers({ now: now * 1000 });
  tick(now * 1000);
});
afterEach(() => void vi.useRealTimers());

/** A sight of a channel whose server answers when it is told to: of any question, with spans as it would make them. */
function start(wanted: Wanted, points = 100) {
  const asked: { start: number; end: number; resolution: number; leaving: AbortSignal; answer: (lastId?: number) => Promise<void>; fail: () => Promise<void> }[] = [];
  const ask: Ask = (stretch, width, leaving) => {
    const [from, until] = stretch!;
    const resolution = Math.floor((until - from) / (width - 1)) + 1;
    return new Promise((resolve, reject) => {
      const times = Array.from({ length: 3 }, (_, index) => from + index * resolution);
      const answer = async (lastId = 5) => {
        resolve(overview({ start: from, end: until, resolution, times, columns: [{ no: 1, last: [1, 2, 3] }], lastId }));
        await vi.advanceTimersByTimeAsync(0);
      };
      const fail = async () => {
        reject(new Error("no luck"));
        await vi.advanceTimersByTimeAsync(0);
      };
      asked.push({ start: from / 1000, end: until / 1000, resolution: resolution / 1000, leaving, answer, fail });
    });
  };
  const state = { wanted };
  const sight = new Sight(ask, () => state.wanted, () => points);
  const look = (stretch: [number, number], live = false) => {
    state.wanted = { stretch, live };
    void sight.look();
  };
  const steer = (stretch: [number, number]) => {
    state.wanted = { stretch, live: false };
    sight.steer();
  };
  return { sight, asked, look, steer };
}

const year: Wanted = { stretch: [now - 365 * DAY, now], live: true };

test("a stretch in the past is asked for with something on either side, as close as it needs", async () => {
  const { sight, asked, look } = start(year);
  look([now - 20 * DAY, now - 10 * DAY]);
  expect(asked[0]!.start).toBe(now - 22.5 * DAY);
  expect(asked[0]!.end).toBeGreaterThanOrEqual(now - 7.5 * DAY);
  expect(asked[0]!.resolution).toBe(3 * HOUR);
  await asked[0]!.answer();
  expect([sight.history.resolution, sight.loading.value, sight.read.value]).toEqual([3 * HOUR, false, true]);
});

test("what is closer is shown coarsely at once, and sharply when the answer is there", async () => {
  const { sight, asked, look } = start(year);
  void sight.look();
  await asked[0]!.answer();
  const coarse = sight.history.resolution;
  look([now - 20 * DAY, now - 10 * DAY]);
  expect([sight.history.resolution, sight.loading.value]).toEqual([coarse, true]);
  await asked[1]!.answer();
  expect(sight.history.resolution).toBeLessThan(coarse);
});

test("what was seen already is there again without a question", async () => {
  const { sight, asked, look } = start(year);
  void sight.look();
  await asked[0]!.answer();
  look([now - 20 * DAY, now - 10 * DAY]);
  await asked[1]!.answer();
  look(...([year.stretch, true] as const));
  expect([asked.length, sight.loading.value, sight.history.resolution]).toEqual([2, false, asked[0]!.resolution]);
  // A little beside it there is enough at hand as well.
  look([now - 19.5 * DAY, now - 9.5 * DAY]);
  expect([asked.length, sight.history.resolution]).toEqual([2, asked[1]!.resolution]);
});

test("a question that is not wanted any more is taken back, and its answer is not shown", async () => {
  const { sight, asked, look } = start(year);
  look([now - 20 * DAY, now - 10 * DAY]);
  look([now - 40 * DAY, now - 39 * DAY]);
  expect(asked.map(({ leaving }) => leaving.aborted)).toEqual([true, false]);
  await asked[0]!.answer();
  expect(sight.history.length).toBe(0);
  await asked[1]!.answer();
  expect(sight.history.time(0)).toBe(asked[1]!.start);
});

test("under a hand that moves few questions are asked, one once it rests", async () => {
  const { asked, steer } = start(year);
  for (let step = 0; step < 60; step += 1) {
    steer([now - (200 - step) * DAY, now - (190 - step) * DAY]);
    await vi.advanceTimersByTimeAsync(16);
  }
  expect(asked.length).toBeGreaterThan(1);
  expect(asked.length).toBeLessThan(8);
  await vi.advanceTimersByTimeAsync(300);
  expect(asked.at(-1)!.start).toBe(now - 141 * DAY - 2.5 * DAY);
});

test("after a change of the past nothing that was read before is shown again, and what is shown stays until the answer", async () => {
  const { sight, asked } = start(year);
  void sight.look();
  await asked[0]!.answer();
  void sight.anew();
  expect([sight.history.length, asked.length]).toEqual([3, 2]);
  await asked[1]!.answer(9);
  expect(sight.history.lastId).toBe(9);
});

test("what could not be read is said, and tried again", async () => {
  const { sight, asked } = start(year);
  void sight.look();
  await asked[0]!.fail();
  expect([sight.trouble.value, sight.loading.value]).toEqual(["no luck", false]);
  await vi.advanceTimersByTimeAsync(3_100);
  await asked[1]!.answer();
  expect([sight.trouble.value, sight.read.value]).toEqual([null, true]);
});
