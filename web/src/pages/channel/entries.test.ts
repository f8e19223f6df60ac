import { expect, test } from "vitest";
import { joined } from "./entries";

const entries = (...ids: number[]) => ids.map((entry_id) => ({ entry_id, created_at: entry_id * 1000, fields: {} }));

test("pages and what comes live make one list, newest first, each entry once", () => {
  const ids = joined(entries(9, 8, 7), entries(10, 8, 7, 6)).map(({ entry_id }) => entry_id);
  expect(ids).toEqual([10, 9, 8, 7, 6]);
});
