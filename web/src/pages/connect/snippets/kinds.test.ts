import { expect, test } from "vitest";
import { COMMAND_KINDS, commandTemplate } from "./command-kinds";
import { commandValues, deviceValues, fill, valuesFor } from "./fill.mjs";
import { KINDS, template } from "./kinds";
import { MQTT_KINDS, mqttTemplate } from "./mqtt-kinds";

const channel = { id: 7, write_key: "W4K2QZ81TTP0XN7B", read_key: "R9M5C3JH60VYD2EA", fields: [{ no: 1, label: "Temperature" }] };
const talkback = { id: 55, api_key: "T0PPD8K2F5WQ61NC", controls: [] };
const device = { client_id: "Dv7QxTq2LmPa91cE", password: "pX3n8Qrz71mD" };

/** Each list, with what its programs must be told to find the server and be let in. */
const LISTS = {
  readings: { kinds: KINDS, template, needs: ["192.168.1.20", channel.write_key], values: valuesFor(channel, "http://192.168.1.20:8080") },
  commands: {
    kinds: COMMAND_KINDS,
    template: commandTemplate,
    needs: ["192.168.1.20", talkback.api_key],
    values: commandValues(talkback, "http://192.168.1.20:8080"),
  },
  mqtt: {
    kinds: MQTT_KINDS,
    template: mqttTemplate,
    needs: ["192.168.1.20", "1883", device.client_id, device.password],
    values: deviceValues(device, channel, "http://192.168.1.20:8080", 1883),
  },
};

for (const [name, { kinds, template, needs, values }] of Object.entries(LISTS)) {
  test(`every file of every kind is there and can be filled: ${name}`, () => {
    for (const kind of kinds) {
      for (const name of kind.files) {
        const filled = fill(template(kind, name), values);
        expect(filled, `${kind.id}/${name}`).not.toMatch(/\{\{\w+\}\}/);
        expect(filled.endsWith("\n"), `${kind.id}/${name} ends with a line`).toBe(true);
      }
    }
  });

  test(`every kind is told what it needs: ${name}`, () => {
    for (const kind of kinds) {
      const whole = kind.files.map((name) => fill(template(kind, name), values)).join("");
      for (const need of needs) expect(whole, kind.id).toContain(need);
    }
  });

  test(`what is to be read fits a phone: no line is longer than 96 letters, no program than 60 lines: ${name}`, () => {
    for (const kind of kinds) {
      for (const name of kind.files.filter((each) => !/\.(h|json|txt)$/.test(each))) {
        const lines = template(kind, name).split("\n");
        expect(Math.max(...lines.map((line) => line.length)), `${kind.id}/${name}`).toBeLessThanOrEqual(96);
        expect(lines.length, `${kind.id}/${name}`).toBeLessThanOrEqual(60);
      }
    }
  });
}
