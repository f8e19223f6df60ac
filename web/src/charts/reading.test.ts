import { expect, test } from "vitest";
import { Series } from "../live/series";
import { manners, type Measure, scale, spans, standOut, summary, trend } from "./reading";

const noon = Date.UTC(2024, 5, 1, 12) / 1000;
const temperature: Measure = { field: 0, name: "Temperature", unit: "°C", digits: 1, span: 3, steady: 0.2 };

/** A series with an entry every three seconds. */
function series(...texts: (string | null)[]): Series {
  const series = new Series(["field1"], 100);
  texts.forEach((field1, index) => {
    series.add({ entry_id: index + 1, created_at: new Date((noon + index * 3) * 1000).toISOString(), field1 });
  });
  return series;
}

test("a scale never makes noise look like weather", () => {
  expect(scale(21.4, 21.6, 3)).toEqual([20, 23]);
});

test("a scale leaves air around what it holds", () => {
  expect(scale(10, 30, 3)).toEqual([7.5, 32.5]);
});

test("a scale of nothing is still a scale", () => {
  expect(scale(null, null, 3)).toEqual([0, 3]);
});

test("a summary says range, newest value and trend", () => {
  const said = summary(series("20", "20", "20", "21", "22"), temperature, { from: noon, words: "Last 5 minutes" });
  expect(said).toBe("Last 5 minutes: 20.0\u00a0°C to 22.0\u00a0°C, now 22.0\u00a0°C and rising.");
});

test("a summary leaves out what is too old or no number", () => {
  const said = summary(series("99", "20", "n/a", null, "20"), temperature, { from: noon + 2, words: "Last minute" });
  expect(said).toBe("Last minute: 20.0\u00a0°C to 20.0\u00a0°C, now 20.0\u00a0°C and steady.");
});

test("a summary of nothing says so", () => {
  expect(summary(series(), temperature, { from: noon, words: "Last 5 minutes" })).toBe("Last 5 minutes: no readings.");
});

test("a trend needs more than noise", () => {
  expect(trend([20, 20.1, 20, 20.1, 20.1], 0.2)).toBe("steady");
  expect(trend([20, 20, 20, 20, 19], 0.2)).toBe("falling");
  expect(trend([20], 0.2)).toBe("steady");
});

test("a light burns from one command to the next that says otherwise, and the last one until now", () => {
  const lit = spans(series("0", "1", "1", "0", "1"), 0, noon + 60);
  expect(lit).toEqual([
    [noon + 3, noon + 9],
    [noon + 12, noon + 60],
  ]);
});

test("a summary of a stretch in the past says when lowest and highest were, and nothing of now", () => {
  const part = { from: noon, until: noon + 7, words: "The morning", when: (time: number) => `at +${time - noon}`, live: false };
  const said = summary(series("20", "19", "22", "30"), temperature, part);
  expect(said).toBe("The morning: 19.0\u00a0°C at +3 to 22.0\u00a0°C at +6.");
});

test("an entry without the field does not put a light out", () => {
  expect(spans(series("1", null, "1", "0"), 0, noon + 60)).toEqual([[noon, noon + 9]]);
});

test("where a unit is not known, the values tell what is noise", () => {
  expect(manners("°C", 21, 1)).toEqual({ span: 3, steady: 0.3 });
  expect(manners("", 0.5, 2)).toEqual({ span: 0.1, steady: 0.01 });
  expect(manners("V", 200, 1)).toEqual({ span: 8, steady: 1 });
});

test("one number among others stands out, at any place; a step and a slope do not", () => {
  const flat = Array.from({ length: 30 }, (_, index) => index % 2);
  for (const at of [0, 13, 29]) expect(standOut(flat.with(at, 40), 8).map(([index]) => index)).toEqual([at]);
  expect(standOut(flat, 8)).toEqual([]);
  expect(standOut(flat.map((number, index) => number + (index > 15 ? 100 : 0)), 8)).toEqual([]);
  expect(standOut(Array.from({ length: 30 }, (_, index) => index), 8)).toEqual([]);
  expect(standOut([1, 99], 8)).toEqual([]);
  // The way up out of a trough, where the picture ends.
  expect(standOut([52, 50, 48.5, 48, 48.4, 49.7, 52, 55, 58.6, 61.3, 64.5], 2)).toEqual([]);
  // Highs that come again and again are how it usually is.
  expect(standOut(Array.from({ length: 30 }, (_, index) => (index % 3 === 0 ? 50 : 0)), 8)).toEqual([]);
});

test("two numbers that stand out beside each other both do", () => {
  const numbers = Array.from({ length: 30 }, () => 5).with(10, 50).with(11, 60);
  expect(standOut(numbers, 8)).toEqual([[10, 5], [11, 5]]);
});
