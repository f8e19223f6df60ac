import { expect, test } from "vitest";
import { stretched } from "./fingers";

test("fingers that part make the stretch between them wider on the screen and the whole shorter", () => {
  expect(stretched([100, 200], [100, 300], 400)).toEqual([50, 250]);
});

test("fingers that move together move the stretch along", () => {
  expect(stretched([100, 200], [50, 150], 400)).toEqual([50, 450]);
});
