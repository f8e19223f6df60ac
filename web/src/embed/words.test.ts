import { expect, test } from "vitest";
import { luminance, inkOn, rgb } from "./paint";
import { said, summary, tick, wall } from "./words";

const time = Date.UTC(2024, 4, 6, 7, 8, 9) / 1000;

test("a time is said by the clock of its zone", () => {
  expect(said(time, { name: "Asia/Tokyo" })).toBe("Mon, 6 May 2024, 16:08:09 (Asia/Tokyo)");
  expect(said(time, { hours: -5 })).toBe("Mon, 6 May 2024, 02:08:09 (UTC −5)");
});

test("below an axis a time is as short as it can be", () => {
  const at = (...parts: [number, number, number, number?, number?, number?]) => new Date(...(parts as [number, number, number]));
  expect(tick(wall(time, { hours: 0 }), 1)).toBe("07:08:09");
  expect(tick(at(2024, 4, 6, 7, 5), 300)).toBe("07:05");
  expect(tick(at(2024, 4, 6), 3_600)).toBe("6 May");
  expect(tick(at(2024, 4, 1), 31 * 86_400)).toBe("May 2024");
  expect(tick(at(2024, 0, 1), 366 * 86_400)).toBe("2024");
});

test("a chart is told in a sentence", () => {
  const points = [21, 19.5, 23].map((value, at) => ({ time: time + at * 60, value, text: String(value) }));
  expect(summary(points, "Greenhouse", { hours: 0 })).toBe(
    "Greenhouse: 3 values, from Mon, 6 May 2024, 07:08:09 (UTC) to Mon, 6 May 2024, 07:10:09 (UTC). Lowest 19.5, highest 23, newest 23.",
  );
  expect(summary([], "Greenhouse", null)).toBe("Greenhouse: nothing to show yet.");
});

test("ink can be read on every ground", () => {
  for (const ground of ["#ffffff", "#000", "#101814", "#ffee88", "#d62020", "#777777", "#1d6fa8", "#2a9d5c"]) {
    const { text, quiet } = inkOn(ground);
    for (const ink of [text, quiet]) {
      const [one, other] = [luminance(rgb(ground)), luminance(rgb(ink))].sort((a, b) => b - a);
      expect((one! + 0.05) / (other! + 0.05), `${ink} on ${ground}`).toBeGreaterThan(4.5);
    }
  }
});
