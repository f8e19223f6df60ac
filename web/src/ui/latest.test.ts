import { expect, test, vi } from "vitest";
import { Latest } from "./latest";

test("of many values the first and the last are sent, and the first at once", async () => {
  vi.useFakeTimers();
  const sent: number[] = [];
  const latest = new Latest<number>(async (value) => void sent.push(value), 100);
  for (const value of [1, 2, 3, 4]) latest.give(value);
  expect(sent).toEqual([1]);
  await vi.advanceTimersByTimeAsync(100);
  expect(sent).toEqual([1, 4]);
  await vi.advanceTimersByTimeAsync(100);
  expect(latest.isBusy).toBe(false);
  vi.useRealTimers();
});

test("a value that could not be sent does not hold up the next", async () => {
  const sent: number[] = [];
  const latest = new Latest<number>(async (value) => {
    if (value === 1) throw new Error("no");
    sent.push(value);
  }, 0);
  latest.give(1);
  latest.give(2);
  await vi.waitFor(() => expect(sent).toEqual([2]));
});
