import { expect, test } from "vitest";
import { ago, clock, count, duration, size } from "./words";

test("how long ago is said in the largest unit that fits", () => {
  const said = [0.4, 1, 59.9, 60, 3_599, 3_600, 86_399, 86_400, 900_000].map(ago);
  expect(said).toEqual(["now", "1 s ago", "59 s ago", "1 min ago", "59 min ago", "1 h ago", "23 h ago", "1 d ago", "10 d ago"]);
});

test("an entry from a clock that runs ahead is new, not in the future", () => {
  expect(ago(-5)).toBe("now");
});

const noon = Date.UTC(2024, 5, 1, 12) / 1000;

test("a clock says times in its zone", () => {
  expect(clock("Asia/Manila").time(noon)).toBe("20:00:00");
  expect(clock("Europe/Berlin").full(noon)).toBe("1 Jun 2024, 14:00:00");
});

test("a zone that is not known is taken for the reader's own", () => {
  expect(clock("Mars/Base").time(noon)).toBe(clock().time(noon));
});

test("a day begins at midnight in the zone, also on a day that has 23 hours", () => {
  expect(clock("Asia/Manila").midnight(noon + 0.5)).toBe(noon - 20 * 3600);
  expect(clock("UTC").midnight(noon)).toBe(noon - 12 * 3600);
  const short = Date.UTC(2024, 2, 31, 10) / 1000;
  expect(clock("Europe/Berlin").midnight(short)).toBe(short - 11 * 3600);
  const long = Date.UTC(2024, 9, 27, 11) / 1000;
  expect(clock("Europe/Berlin").midnight(long)).toBe(long - 13 * 3600);
});

test("words along an axis are as short as they can be", () => {
  const along = (step: number, count = 3) => clock("UTC").along(Array.from({ length: count }, (_, index) => noon + index * step));
  expect(along(15)).toEqual(["12:00", "12:00:15", "12:00:30"]);
  expect(along(6 * 3600)).toEqual(["12:00", "18:00", "2 Jun"]);
  expect(along(86_400)).toEqual(["1 Jun", "2 Jun", "3 Jun"]);
  expect(along(31 * 86_400)).toEqual(["Jun 2024", "Jul 2024", "Aug 2024"]);
});

test("a duration is said in the two largest units that say it", () => {
  expect([0.5, 30, 90, 600, 5_400, 86_400].map(duration)).toEqual(["0.5 s", "30 s", "1 min 30 s", "10 min", "1 h 30 min", "1 d"]);
  expect([26_280, 7_199, 7_200.4, 31 * 3_600].map(duration)).toEqual(["7 h 18 min", "2 h", "2 h", "1 d 7 h"]);
});

test("what a wall clock shows is found again, also around a change of the clocks", () => {
  for (const zone of ["UTC", "Asia/Manila", "Europe/Berlin", "America/St_Johns"]) {
    for (const time of [noon, Date.UTC(2024, 2, 31, 0, 59) / 1000, Date.UTC(2024, 2, 31, 1, 1) / 1000]) {
      const { wall, fromWall } = clock(zone);
      expect(wall(fromWall(wall(time)))).toBe(wall(time));
      expect(Math.abs(fromWall(wall(time)) - time)).toBeLessThan(60);
    }
  }
  expect(clock("Asia/Manila").wall(noon)).toBe("2024-06-01T20:00");
  expect(clock().fromWall("")).toBeNaN();
});

test("sizes and counts read as the server says them", () => {
  const sizes = [0, 1, 999, 1_000, 1_440_000, 999_960, 12_300_000_000].map(size);
  expect(sizes).toEqual(["0 bytes", "1 byte", "999 bytes", "1 kB", "1.4 MB", "1 MB", "12 GB"]);
  expect([count(1, "entry", "entries"), count(1_234_567, "entry", "entries")]).toEqual(["1 entry", "1,234,567 entries"]);
});
