import { expect, test } from "vitest";
import { ago } from "./words";

test("how long ago is said in the largest unit that fits", () => {
  const said = [0.4, 1, 59.9, 60, 3_599, 3_600, 86_399, 86_400, 900_000].map(ago);
  expect(said).toEqual(["now", "1 s ago", "59 s ago", "1 min ago", "59 min ago", "1 h ago", "23 h ago", "1 d ago", "10 d ago"]);
});

test("an entry from a clock that runs ahead is new, not in the future", () => {
  expect(ago(-5)).toBe("now");
});
