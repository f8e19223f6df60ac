import { expect, test } from "vitest";
import { sparkPath, sparkWords } from "./spark-path";

test("a line goes from edge to edge, low at the bottom and high at the top", () => {
  expect(sparkPath([10, 20, 15])).toEqual({
    line: "M0 29L50 3L100 16",
    area: "M0 32L0 29L50 3L100 16L100 32Z",
    end: { x: 100, y: 16 },
    base: null,
  });
});

test("a stretch without values is a hole, and a value alone is a dot", () => {
  const { line, end } = sparkPath([1, null, 2, 3, null]);
  expect(line).toBe("M0 29h0M50 16L75 3");
  expect(end).toEqual({ x: 75, y: 3 });
});

test("a single value stands at the end of a line that is still to come", () => {
  expect(sparkPath([null, null, 7])).toEqual({ line: "M100 16h0", area: "", end: { x: 100, y: 16 }, base: 16 });
});

test("what never changes is a line in the middle", () => {
  expect(sparkPath([7, 7]).line).toBe("M0 16L100 16");
});

test("nothing is drawn of nothing", () => {
  expect(sparkPath([])).toEqual({ line: "", area: "", end: null, base: null });
  expect(sparkPath([null, null]).line).toBe("");
});

test("the line is told in words", () => {
  expect(sparkWords([10.123456, null, 20], "°C")).toBe("Last 24 hours: 10.12 °C to 20 °C");
  expect(sparkWords([7, 7], "")).toBe("Last 24 hours: 7");
  expect(sparkWords([null], "")).toBe("Nothing in the last 24 hours");
});
