import { expect, test } from "vitest";
import { strength } from "./strength";

const word = (password: string, login = "ada") => strength(password, login)?.word;

test("an empty password is not judged", () => {
  expect(strength("", "ada")).toBeNull();
});

test("one that is too short says how much is missing", () => {
  expect(word("abc")).toBe("Too short: 5 more characters");
  expect(word("abcdefg")).toBe("Too short: 1 more character");
});

test("what others try first is easy to guess, however long", () => {
  for (const password of ["password1", "12345678", "aaaaaaaaaaaa", "qwertyuiop", "Welcome2024", "abcdefghij"]) {
    expect(word(password), password).toBe("Easy to guess");
  }
  expect(word("lovelace1815x", "lovelace1815")).toBe("Easy to guess");
});

test("longer and more mixed is better", () => {
  expect(word("tulip-march")).toBe("Good");
  expect(word("kx7rm2pq")).toBe("Fair");
  expect(word("four boats under a green bridge")).toBe("Strong");
});
