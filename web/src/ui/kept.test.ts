import { signal } from "@preact/signals";
import { expect, test } from "vitest";
import { ApiError } from "../api/client";
import { PERSON, speaksOf } from "./form";
import { kept, speaksOfKept } from "./kept";

const keeping = (id = "", write = "", read = "") => kept({ id: signal(id), write: signal(write), read: signal(read) });

test("what is typed is kept, and what is left empty is left to the server", () => {
  expect(keeping()).toEqual({});
  expect(keeping(" 1242207 ", "ABCDEFGH12345678")).toEqual({ id: 1242207, write_key: "ABCDEFGH12345678" });
});

test("a number that is none is refused before it is sent, and beside its field", () => {
  for (const id of ["abc", "0", "-1", "1.5"]) {
    let refusal: unknown;
    try {
      keeping(id);
    } catch (error) {
      refusal = error;
    }
    expect(speaksOfKept(refusal), id).toBe(true);
  }
});

test("a no is said beside the field that it speaks of", () => {
  expect(speaksOf(new ApiError(400, "A password needs at least 8 characters.", "bad_value"), PERSON)).toBe("password");
  expect(speaksOf(new ApiError(409, "That user name is taken.", "taken"), PERSON)).toBe("login");
  expect(speaksOf(new ApiError(503, "The server is busy; the password was not looked at.", "busy"), PERSON)).toBeNull();
  expect(speaksOf(new TypeError("name"), PERSON)).toBeNull();
});
