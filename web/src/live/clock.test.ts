import { expect, test } from "vitest";
import { heardAt, now, tick } from "./clock";

const noon = Date.UTC(2024, 5, 1, 12);

test("a clock that is nearly right is believed", () => {
  heardAt(new Date(noon - 1_000).toUTCString(), noon);
  tick(noon + 500);
  expect(now.value).toBe(noon + 500);
});

test("a clock that is wrong is put right by what the server says", () => {
  heardAt(new Date(noon + 3_600_000).toUTCString(), noon);
  tick(noon + 5_000);
  expect(now.value).toBe(noon + 3_605_000);
});

test("an answer without a date teaches nothing", () => {
  heardAt(new Date(noon).toUTCString(), noon);
  heardAt(null, noon);
  tick(noon);
  expect(now.value).toBe(noon);
});
