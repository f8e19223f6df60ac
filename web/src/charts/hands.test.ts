import { expect, test } from "vitest";
import { closer, stretched } from "./hands";

test("fingers that part make the stretch between them wider on the screen and the whole shorter", () => {
  expect(stretched([100, 200], [100, 300], 400)).toEqual([50, 250]);
});

test("fingers that move together move the stretch along", () => {
  expect(stretched([100, 200], [50, 150], 400)).toEqual([50, 450]);
});

test("what a wheel zooms into stays under it", () => {
  expect(closer([100, 200], 150, 0.5)).toEqual([125, 175]);
  expect(closer([100, 200], 100, 2)).toEqual([100, 300]);
});
