import { expect, it } from "vitest";
import { keepOf, nextStep, spelled } from "./keep";

it("what is typed becomes what the server takes, and is spelled for addresses", () => {
  const keep = keepOf(" 90 ", [
    { minutes: 60, days: "730" },
    { minutes: 1440, days: " " },
  ]);
  expect(keep).toEqual({ days: 90, tiers: [{ minutes: 60, days: 730 }, { minutes: 1440, days: null }] });
  expect(spelled(keep)).toBe("90d, 60min 730d, 1440min");
  expect(spelled(keepOf("7", []))).toBe("7d");
  expect(spelled(null)).toBe("all");
});

it("what is no number of days is said", () => {
  for (const days of ["", "x", "0", "1.5", "-3"]) expect(() => keepOf(days, [])).toThrow(/every entry.*whole number/);
  expect(() => keepOf("1", [{ minutes: 60, days: "soon" }])).toThrow(/step 1/);
});

it("a new step is coarser than the one before", () => {
  expect(nextStep([]).minutes).toBe(60);
  expect(nextStep([{ minutes: 60, days: "" }]).minutes).toBe(1440);
  expect(nextStep([{ minutes: 1440, days: "" }]).minutes).toBe(1440);
});
