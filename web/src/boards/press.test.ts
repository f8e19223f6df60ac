import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Press } from "./press";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function press() {
  const sent: [boolean, number][] = [];
  const begin = Date.now();
  const press = new Press(async (pressed) => void sent.push([pressed, Date.now() - begin]));
  return { press, sent };
}

test("a quick press is held long enough to be felt", async () => {
  const { press: one, sent } = press();
  one.down();
  one.up();
  await vi.runAllTimersAsync();
  expect(sent).toEqual([
    [true, 0],
    [false, 120],
  ]);
});

test("two quick presses are two presses", async () => {
  const { press: one, sent } = press();
  for (let count = 0; count < 2; count += 1) {
    one.down();
    one.up();
  }
  await vi.runAllTimersAsync();
  expect(sent).toEqual([
    [true, 0],
    [false, 120],
    [true, 200],
    [false, 320],
  ]);
});

test("a finger that is already there presses nothing, and none lets nothing go", async () => {
  const { press: one, sent } = press();
  one.up();
  one.down();
  one.down();
  await vi.runAllTimersAsync();
  expect(sent).toEqual([[true, 0]]);
  expect(one.held.value).toBe(true);
});
