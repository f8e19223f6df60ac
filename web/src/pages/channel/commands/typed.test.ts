import { expect, test } from "vitest";
import { made, type Typed } from "./typed";

const typed = (more: Partial<Typed>): Typed => ({
  kind: "switch",
  label: " Pump ",
  on: "ON",
  off: "OFF",
  command: "",
  min: "0",
  max: "100",
  step: "1",
  ...more,
});

test("what was typed becomes a control, without what stands around it", () => {
  expect(made(typed({})).control).toEqual({ kind: "switch", label: "Pump", on: "ON", off: "OFF" });
  expect(made(typed({ kind: "button", command: " WATER " })).control).toEqual({ kind: "button", label: "Pump", command: "WATER" });
  expect(made(typed({ kind: "slider", command: "FAN {value}", min: "-1,5", max: "2", step: "0.5" })).control).toEqual({
    kind: "slider",
    label: "Pump",
    command: "FAN {value}",
    min: -1.5,
    max: 2,
    step: 0.5,
  });
});

test("what is wrong is said where it is", () => {
  const wrong = (more: Partial<Typed>) => Object.keys(made(typed(more)).wrong);
  expect(wrong({ label: " " })).toEqual(["label"]);
  expect(wrong({ off: "ON" })).toEqual(["off"]);
  expect(wrong({ on: "", off: "" })).toEqual(["on", "off"]);
  expect(wrong({ kind: "button" })).toEqual(["command"]);
  expect(wrong({ kind: "slider", command: "FAN" })).toEqual(["command"]);
  expect(wrong({ kind: "slider", command: "{value}", min: "5", max: "5" })).toEqual(["max", "step"]);
  expect(wrong({ kind: "slider", command: "{value}", min: "", max: "x", step: "0" })).toEqual(["min", "max", "step"]);
  expect(wrong({ kind: "slider", command: `{value}${"x".repeat(254)}` })).toEqual(["command"]);
});

test("a control with something wrong is none", () => {
  expect(made(typed({ label: "" })).control).toBeNull();
});
