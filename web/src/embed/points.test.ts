import { expect, test } from "vitest";
import { added, numberOf, type Point, pointsOf } from "./points";

const row = (minute: number, field1: string | null) => ({ created_at: new Date(Date.UTC(2024, 4, 6, 7, minute)).toISOString(), entry_id: minute, field1 });
const limits = { min: null, max: null, round: null, most: 3, seconds: null, push: true };
const values = (points: readonly Point[]) => points.map(({ value }) => value);

test("a number is what stands at the beginning, with a point or a comma", () => {
  for (const [text, number] of [["21.5", 21.5], [" 21,5 ", 21.5], ["-3 °C", -3], ["1e3", 1000], ["on", null], ["", null], [null, null], ["Infinity", null]] as const) {
    expect(numberOf(text), String(text)).toBe(number);
  }
});

test("rows without a number are passed over and the line goes on", () => {
  expect(values(pointsOf([row(1, "1"), row(2, null), row(3, "x"), row(4, "4")], 1))).toEqual([1, 4]);
});

test("a new point pushes the oldest out, and a late one goes where its time belongs", () => {
  const three = pointsOf([row(1, "1"), row(2, "2"), row(4, "4")], 1);
  expect(values(added(three, row(5, "5"), 1, limits))).toEqual([2, 4, 5]);
  expect(values(added(three, row(3, "3"), 1, limits))).toEqual([2, 3, 4]);
  expect(values(added(three, row(5, "5"), 1, { ...limits, push: false }))).toEqual([1, 2, 4, 5]);
});

test("a span of time moves along", () => {
  const three = pointsOf([row(1, "1"), row(2, "2"), row(4, "4")], 1);
  expect(values(added(three, row(5, "5"), 1, { ...limits, most: 8_000, seconds: 180 }))).toEqual([2, 4, 5]);
});

test("limits and rounding hold for what comes as for what was read", () => {
  const none = added([], row(1, "99"), 1, { ...limits, max: 50 });
  expect(none).toEqual([]);
  expect(added([], row(1, "1.26"), 1, { ...limits, round: 1 })[0]).toMatchObject({ value: 1.3, text: "1.3" });
});

test("a mean with more digits than were measured is said shorter", () => {
  expect(pointsOf([row(1, "24.130000000000003")], 1)[0]!.text).toBe("24.13");
  expect(pointsOf([row(1, "24.130")], 1)[0]!.text).toBe("24.130");
});
