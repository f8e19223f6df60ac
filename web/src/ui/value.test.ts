import { expect, test } from "vitest";
import { parseLabel, shortValue } from "./value";

test("a label in the usual form is a name and a unit", () => {
  expect(parseLabel("Temperature (°C)")).toEqual({ name: "Temperature", unit: "°C" });
  expect(parseLabel("Humidity [%]")).toEqual({ name: "Humidity", unit: "%" });
  expect(parseLabel(" Wind( m/s ) ")).toEqual({ name: "Wind", unit: "m/s" });
});

test("a label in any other form is a name", () => {
  for (const label of ["Temperature", "(°C)", "Door (the one that is left open)", "a (b) c", ""]) {
    expect(parseLabel(label), label).toEqual({ name: label, unit: "" });
  }
});

test("a value is shown as it was sent as long as it can be read at a glance", () => {
  for (const [sent, shown] of [
    ["21.5", "21.5"],
    ["21.50", "21.50"],
    ["-4.25", "−4.25"],
    ["0.0012", "0.0012"],
    ["101325", "101325"],
    ["on", "on"],
    [" 7 ", "7"],
  ] as const) {
    expect(shortValue(sent), sent).toBe(shown);
  }
});

test("a value with more digits than anybody reads is rounded, and a long text is cut", () => {
  for (const [sent, shown] of [
    ["25.299999237060547", "25.3"],
    ["-0.33333333333", "−0.33333"],
    ["1013.2500001", "1013.3"],
    ["1699999999123", "1.70e+12"],
    ["0.000001234567", "1.23e−6"],
    ["the door is open", "the door is o…"],
  ] as const) {
    expect(shortValue(sent), sent).toBe(shown);
  }
});

test.each([
  ["Temperature (°C)", "Temperature", "°C"],
  ["Humidity [%]", "Humidity", "%"],
  ["Pressure, hPa", "Pressure", "hPa"],
  ["Dust PM2.5 (µg/m³)", "Dust PM2.5", "µg/m³"],
  ["Battery (volts)", "Battery", "V"],
  ["Wind (m/s)", "Wind", "m/s"],
  ["Temp (C)", "Temp", "°C"],
  ["Humidity %", "Humidity", "%"],
  ["Light / lux", "Light", "lx"],
  ["Acidity (pH)", "Acidity", "pH"],
])("%s is %s in %s", (label, name, unit) => {
  expect(parseLabel(label)).toEqual({ name, unit });
});

test.each(["Battery (left)", "Door (garage)", "Temperature", "LED command", "Sensor 1/2", "Zone A", "Channel C", "(°C)", "Room (2nd floor)", ""])(
  "%s names no unit",
  (label) => {
    expect(parseLabel(label)).toEqual({ name: label, unit: "" });
  },
);
