import { expect, test } from "vitest";
import { commandValues, fill, valuesFor } from "./fill.mjs";

const channel = {
  id: 7,
  write_key: "W4K2QZ81TTP0XN7B",
  read_key: "R9M5C3JH60VYD2EA",
  fields: [
    { no: 1, label: "Temperature" },
    { no: 3, label: "Humidity" },
  ],
};

test("each placeholder becomes its value, wherever it stands", () => {
  const template = "{{url}}|{{host}}|{{port}}|{{channel}}|{{write_key}}|{{read_key}}\nfield{{no1}} {{name1}}, field{{no2}} {{name2}}\n";
  expect(fill(template, valuesFor(channel, "http://192.168.1.20:8080"))).toBe(
    "http://192.168.1.20:8080|192.168.1.20|8080|7|W4K2QZ81TTP0XN7B|R9M5C3JH60VYD2EA\nfield1 Temperature, field3 Humidity\n",
  );
});

test("a channel of one field leaves out the lines of a second", () => {
  const values = valuesFor({ ...channel, fields: [{ no: 4, label: "Lux" }] }, "http://pi:8080");
  expect(fill("a {{no1}}\nb {{no2}}\nc\n", values)).toBe("a 4\nc\n");
});

test("a channel without fields writes into the first", () => {
  expect(fill("field{{no1}}", valuesFor({ ...channel, fields: [] }, "http://pi:8080"))).toBe("field1");
});

test("the ports that are not written are known", () => {
  const ports = ["http://post.lan", "https://post.lan", "https://post.lan:8443"];
  expect(ports.map((address) => fill("{{port}}", valuesFor(channel, address)))).toEqual(["80", "443", "8443"]);
});

test("an address of six groups stands in brackets only where it is part of an address", () => {
  expect(fill("{{url}} {{host}}", valuesFor(channel, "http://[fd00::1]:8080"))).toBe("http://[fd00::1]:8080 fd00::1");
});

test("a label can't leave the comment it stands in", () => {
  const fields = [{ no: 1, label: "Temp \\\n°C */ import os" }];
  expect(fill("// {{name1}}", valuesFor({ ...channel, fields }, "http://pi"))).toBe("// Temp °C * / import os");
});

test("where there is no read key the write key reads", () => {
  expect(fill("{{read_key}}", valuesFor({ ...channel, read_key: undefined }, "http://pi"))).toBe(channel.write_key);
});

test("a placeholder that nobody knows is a mistake, not an empty place", () => {
  expect(() => fill("{{wriet_key}}", valuesFor(channel, "http://pi"))).toThrow("{{wriet_key}}");
});

test("a TalkBack’s programs know the words of its first switch, and no word can leave its quotes", () => {
  const controls = [{ kind: "button" }, { kind: "switch", on: 'say "on"', off: "back\\slash" }];
  const values = commandValues({ id: 55, api_key: "T0PPD8K2F5WQ61NC", controls }, "http://pi:8080");
  expect(fill("{{url}} {{talkback}} {{talkback_key}}", values)).toBe("http://pi:8080 55 T0PPD8K2F5WQ61NC");
  expect(fill('"{{on}}" "{{off}}"', values)).toBe('"say \\"on\\"" "back\\\\slash"');
  expect(fill("{{on}} {{off}}", commandValues({ id: 1, api_key: "K", controls: [] }, "http://pi"))).toBe("ON OFF");
});
