import { expect, test } from "vitest";
import { fill, valuesFor } from "./fill.mjs";
import { KINDS, template } from "./kinds";

const channel = { id: 7, write_key: "W4K2QZ81TTP0XN7B", read_key: "R9M5C3JH60VYD2EA", fields: [{ no: 1, label: "Temperature" }] };

test("every file of every kind is there and can be filled", () => {
  for (const kind of KINDS) {
    for (const name of kind.files) {
      const filled = fill(template(kind, name), valuesFor(channel, "http://192.168.1.20:8080"));
      expect(filled, `${kind.id}/${name}`).not.toMatch(/\{\{\w+\}\}/);
      expect(filled.endsWith("\n"), `${kind.id}/${name} ends with a line`).toBe(true);
    }
  }
});

test("every kind can be told what it needs: the server and the key", () => {
  for (const kind of KINDS) {
    const whole = kind.files.map((name) => fill(template(kind, name), valuesFor(channel, "http://192.168.1.20:8080"))).join("");
    expect(whole, kind.id).toContain("192.168.1.20");
    expect(whole, kind.id).toContain("W4K2QZ81TTP0XN7B");
  }
});

test("what is to be read fits a phone: no line is longer than 96 letters, no program than 60 lines", () => {
  for (const kind of KINDS) {
    for (const name of kind.files.filter((each) => !each.endsWith(".h") && !each.endsWith(".json"))) {
      const lines = template(kind, name).split("\n");
      expect(Math.max(...lines.map((line) => line.length)), `${kind.id}/${name}`).toBeLessThanOrEqual(96);
      expect(lines.length, `${kind.id}/${name}`).toBeLessThanOrEqual(60);
    }
  }
});
