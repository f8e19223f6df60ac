import { expect, test } from "vitest";
import { Params } from "./address";
import { bandsOf, ticks } from "./gauge";
import { holds } from "./lamp";
import { spotOf, written as degrees } from "./map";
import { written } from "./widgets";

test("a gauge has about five ticks, or those that were asked for", () => {
  expect(ticks(0, 100, null)).toEqual([0, 20, 40, 60, 80, 100]);
  expect(ticks(-10, 40, null)).toEqual([-10, 0, 10, 20, 30, 40]);
  expect(ticks(0, 1, 0.25)).toEqual([0, 0.25, 0.5, 0.75, 1]);
  expect(ticks(0, 100, 0.001)).toEqual([0, 20, 40, 60, 80, 100]);
});

test("stretches of a gauge are read, and what is none is left out", () => {
  const known = (text: string) => text === "red";
  expect(bandsOf("-10:0:1d6fa8, 30:40:red", known)).toEqual([
    { from: -10, to: 0, color: "#1d6fa8" },
    { from: 30, to: 40, color: "red" },
  ]);
  expect(bandsOf("5:1:red,1:2,1:2:blau,::red,a:b:red", known)).toEqual([]);
});

test("a lamp burns while its condition holds, and knows words", () => {
  expect(holds("1", "above", "0")).toBe(true);
  expect(holds("0", "above", "0")).toBe(false);
  expect(holds("20", "at_most", "20")).toBe(true);
  expect(holds("20.0", "is", "20")).toBe(true);
  expect(holds("On", "is", "on")).toBe(true);
  expect(holds("off", "is_not", "on")).toBe(true);
  expect(holds("off", "above", "0")).toBe(false);
});

test("a number is written as it was sent, or as it is asked for", () => {
  const write = (raw: string, search: string) => written(raw, new Params(search));
  expect(write("21.50", "")).toBe("21.50");
  expect(write("21.57", "?digits=1")).toBe("21.6");
  expect(write("21.57", "?type=integer")).toBe("22");
  expect(write("0021", "?type=text&digits=1")).toBe("0021");
  expect(write("open", "?digits=1")).toBe("open");
});

test("a place needs both of its numbers, and says on which side it is", () => {
  expect(spotOf({ latitude: "47.5", longitude: "-8.25", elevation: "431" })).toEqual({ latitude: 47.5, longitude: -8.25, elevation: "431" });
  for (const nowhere of [undefined, {}, { latitude: "47.5" }, { latitude: "91", longitude: "0" }, { latitude: null, longitude: "8" }]) {
    expect(spotOf(nowhere)).toBeNull();
  }
  expect(degrees(-8.25, ["E", "W"])).toBe("8.25° W");
  expect(degrees(47, ["N", "S"])).toBe("47° N");
});
