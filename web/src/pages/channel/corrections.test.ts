import { expect, test } from "vitest";
import { difference, many, named, opposite } from "./corrections";

const entry = { entry_id: 1_204, created_at: 5_000, fields: { 1: "21.5", 3: "on" }, status: "after the rain" };

test("only what differs is sent, and what was emptied is taken out", () => {
  expect(difference(entry, null, { field1: "21.5", field2: "", field3: "on", status: "after the rain" })).toBeNull();
  expect(difference(entry, null, { field1: "21.50", field2: "7", field3: "", status: "" })).toEqual({ field1: "21.50", field2: "7", field3: null, status: null });
  expect(difference(entry, 6_000, { field1: "21.5" })).toEqual({ created_at: 6_000 });
});

test("what was changed is changed back, and nothing else", () => {
  const change = { created_at: 6_000, field1: "9", field2: "7", status: null };
  expect(opposite(entry, change)).toEqual({ created_at: 5_000, field1: "21.5", field2: null, status: "after the rain" });
  expect(opposite(entry, { field3: null })).toEqual({ field3: "on" });
});

test("entries are named one or many", () => {
  expect([named([entry]), named([entry, entry]), many(1), many(1_204)]).toEqual(["Entry 1,204", "2 entries", "1 entry", "1,204 entries"]);
});
