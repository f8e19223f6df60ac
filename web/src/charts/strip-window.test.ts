import { expect, test } from "vitest";
import { grasp, moved } from "./strip-window";

test("an end is grasped from either side of it, the window by its middle, and nothing beside it", () => {
  expect([95, 105, 150, 195, 205, 300].map((at) => grasp(at, [100, 200], 10))).toEqual(["from", "from", "window", "until", "until", null]);
});

test("a window too small for two ends and a middle is grasped as a whole, and stretched from outside", () => {
  expect([95, 104, 109, 115].map((at) => grasp(at, [100, 110], 10))).toEqual(["from", "window", "window", "until"]);
});

test("a window moves as a whole, and its ends do not pass each other", () => {
  expect(moved("window", [100, 200], -30, 5)).toEqual([70, 170]);
  expect(moved("from", [100, 200], 20, 5)).toEqual([120, 200]);
  expect(moved("from", [100, 200], 500, 5)).toEqual([195, 200]);
  expect(moved("until", [100, 200], -500, 5)).toEqual([100, 105]);
});
