import { expect, test } from "vitest";
import type { Import } from "../api/contract";
import { howFar, remarks, share } from "./words";

const one: Import = {
  channel: 7,
  name: "Greenhouse",
  server: "https://api.thingspeak.com",
  remote_channel: 1242207,
  state: "running",
  total: 50_000,
  stored: 24_000,
  same: 1_000,
  differs: 0,
  crowded: 0,
  keeps_ids: true,
  says: null,
  next_at: null,
  rate: 2_000,
  left_ms: 12_500,
};

test("an import tells how far it is, how fast, and how long it may take", () => {
  expect(howFar(one)).toBe("25,000 of about 50,000 entries, 2,000 a second, about 13 s left");
  expect(howFar({ ...one, rate: null, left_ms: null, stored: 0, same: 0 })).toBe("0 of about 50,000 entries");
  expect(howFar({ ...one, state: "done" })).toBe("All 25,000 entries are here.");
});

test("it is whole only when it is done, for holes in the ids make it look less and news make it look more", () => {
  expect(share(one)).toBe(0.5);
  expect(share({ ...one, total: 10 })).toBe(0.99);
  expect(share({ ...one, total: 0 })).toBe(0);
  expect(share({ ...one, state: "done" })).toBe(1);
});

test("what is not as one would think is said", () => {
  expect(remarks(one)).toEqual([]);
  expect(remarks({ ...one, keeps_ids: false, differs: 1, crowded: 2 })).toHaveLength(3);
});
