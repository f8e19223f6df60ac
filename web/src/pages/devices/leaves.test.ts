import { expect, test } from "vitest";
import { leaves, likeliest } from "./leaves";

const TASMOTA = '{"Time":"2026-11-25T19:40:00","AM2301":{"Temperature":21.4,"Humidity":55.1},"TempUnit":"C"}';

test("what a plug or a sensor says is taken apart, each value with the way to it", () => {
  expect(leaves(TASMOTA).map(({ path, text }) => [path, text])).toEqual([
    ["Time", "2026-11-25T19:40:00"],
    ["AM2301.Temperature", "21.4"],
    ["AM2301.Humidity", "55.1"],
    ["TempUnit", "C"],
  ]);
  expect(likeliest(leaves(TASMOTA))?.path).toBe("AM2301.Temperature");
});

test("a message that is no JSON object is the value itself", () => {
  for (const payload of ["21.4", "ON", "", "{broken", "true"]) {
    expect(leaves(payload)).toHaveLength(1);
    expect(leaves(payload)[0]).toMatchObject({ path: null, text: payload });
  }
  expect(leaves("21.4")[0]!.isNumber).toBe(true);
  expect(leaves(" ")[0]!.isNumber).toBe(false);
});

test("lists are counted, names may have dots, nothing is no value", () => {
  expect(leaves('{"a":[1,{"b":2}],"c.d":3,"e":null,"f":false}').map(({ path }) => path)).toEqual(["a.0", "a.1.b", "c.d", "f"]);
});

test("of a message that was cut off what is whole in it counts", () => {
  expect(leaves(TASMOTA.slice(0, 72)).map(({ path, text }) => [path, text])).toEqual([
    ["Time", "2026-11-25T19:40:00"],
    ["AM2301.Temperature", "21.4"],
  ]);
  expect(leaves('{"say":"a \\"quoted, {text}","n":4,"cut":"of').map(({ path }) => path)).toEqual(["say", "n"]);
});

test("a message that goes on for ever does not make the page do so", () => {
  expect(leaves(JSON.stringify(Array.from({ length: 5_000 }, (_, index) => index))).length).toBe(60);
  expect(leaves("[".repeat(400) + "1" + "]".repeat(400))).toEqual([]);
});
