import { expect, test } from "vitest";
import type { Attempt } from "../api/contract";
import { Attempts, ATTEMPTS_MAX, isTrouble, outcome } from "./attempts";

function attempt(id: number, more: Partial<Attempt> = {}): Attempt {
  return {
    ...{ id, at: id * 1000, door: "http", peer: "192.168.1.77", agent: null, method: "GET", path: "/update", key: null },
    ...{ channel: 1, code: "accepted", entry_id: id, says: "Stored.", fix: null, count: 1, sent: null },
    ...more,
  };
}

const ids = (attempts: Attempts) => attempts.all.value.map((each) => each.id);

test("what comes live and what is remembered are one list, newest first, each once", () => {
  const attempts = new Attempts();
  attempts.heard(attempt(5));
  attempts.take([attempt(3), attempt(4), attempt(5)]);
  attempts.heard(attempt(6));
  expect(ids(attempts)).toEqual([6, 5, 4, 3]);
});

test("what happens again moves to the top and counts up, and an old answer does not turn it back", () => {
  const attempts = new Attempts();
  attempts.take([attempt(1), attempt(2)]);
  attempts.heard(attempt(1, { at: 9_000, count: 2 }));
  attempts.take([attempt(1), attempt(2)]);
  expect(attempts.all.value.map((each) => [each.id, each.count])).toEqual([
    [1, 2],
    [2, 1],
  ]);
});

test("only so many are kept, and the oldest go", () => {
  const attempts = new Attempts();
  for (let id = 1; id <= ATTEMPTS_MAX + 20; id += 1) attempts.heard(attempt(id));
  expect(ids(attempts).length).toBe(ATTEMPTS_MAX);
  expect(ids(attempts).at(-1)).toBe(21);
});

test("what was remembered from before has not just arrived", () => {
  const attempts = new Attempts();
  attempts.take([attempt(1)]);
  expect(attempts.arrived.value).toBe(null);
  attempts.heard(attempt(2));
  expect(attempts.arrived.value?.id).toBe(2);
});

test("what was refused is trouble, and so is what was taken but needs something put right", () => {
  const told = [attempt(1), attempt(2, { fix: "Name the values field1 to field8." }), attempt(3, { code: "bad_key", fix: "Copy it again." })];
  expect(told.map(outcome)).toEqual(["well", "doubt", "trouble"]);
  expect(told.map(isTrouble)).toEqual([false, true, true]);
});
