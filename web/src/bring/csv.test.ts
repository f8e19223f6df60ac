import { expect, test } from "vitest";
import { nameOf, readHead } from "./csv";

test("an export tells its fields and when it begins", () => {
  const text = "created_at,entry_id,field1,field2,latitude,longitude,elevation,status\n2020-12-01T10:00:00+00:00,1,25.3,61.2,,,,\n";
  expect(readHead(text)).toEqual({ fields: [1, 2], first: "2020-12-01T10:00:00+00:00" });
});

test("marks at the beginning, quotes and other line ends do no harm", () => {
  expect(readHead('\uFEFF"created_at","entry_id","field3"\r\n"2020-12-01 10:00:00 UTC","1","x"\r\n')).toEqual({
    fields: [3],
    first: "2020-12-01 10:00:00 UTC",
  });
});

test("an export without entries is one all the same", () => {
  expect(readHead("created_at,entry_id,field1\n")).toEqual({ fields: [1], first: null });
});

test("other files are not taken for one", () => {
  for (const text of ["", "name,age\nada,36\n", "<!doctype html>", "created_at,entry_id,latitude\n"]) {
    expect(readHead(text), text).toBeNull();
  }
});

test("a file's name is the channel's, unless it says nothing", () => {
  expect(nameOf("green_house.csv")).toBe("green house");
  for (const file of ["feeds.csv", "feed.csv", "1242207.csv", ".csv"]) expect(nameOf(file), file).toBe("From ThingSpeak");
});
