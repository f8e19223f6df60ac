import { describe, expect, it } from "vitest";
import type { Action, When } from "../../api/contract";
import { daysWords, type Names, sentence } from "./words";

const names: Names = {
  channel: (id) => (id === 7 ? "Greenhouse" : `channel ${id}`),
  field: (_, no) => (no === 1 ? "Temperature" : `field ${no}`),
  thinghttp: (id) => `“Siren ${id}”`,
  talkback: (id) => `Pump ${id}`,
};
const ntfy: Action = { kind: "ntfy", server: "https://ntfy.sh", topic: "freezer", title: "", body: "", token: null };
const above: When = { kind: "react", channel: 7, condition: { kind: "number", field: 1, op: ">", value: 30 }, check: "insert", repeat: false };
const says = (when: When, action: Action) => sentence(when, action, names);

describe("the sentence of an automation", () => {
  it("tells the first time from each time", () => {
    expect(says(above, ntfy)).toBe("When Temperature in Greenhouse rises above 30, send ntfy to freezer – the first time.");
    expect(says({ ...above, repeat: true, check: 30 }, ntfy)).toBe(
      "When Temperature in Greenhouse is above 30, send ntfy to freezer, looked at every 30 min – each time.",
    );
  });

  it("says silence in the largest unit that fits", () => {
    const silent = (minutes: number): When => ({ ...above, condition: { kind: "silence", minutes } }) as When;
    const mail: Action = { kind: "email", to: "ada@example.org", subject: "", body: "" };
    expect(says(silent(90), mail)).toBe("When nothing comes to Greenhouse for 90 minutes, e-mail ada@example.org.");
    expect(says(silent(120), mail)).toContain("for 2 hours,");
    expect(says(silent(1_440), mail)).toContain("for a day,");
  });

  it("says days as people do", () => {
    expect(daysWords([1, 2, 3, 4, 5])).toBe("Monday to Friday");
    expect(daysWords([7, 6])).toBe("At weekends");
    expect(daysWords([5, 1, 3])).toBe("Every Monday, Wednesday and Friday");
    expect(daysWords([])).toBe("On …");
  });

  it("says times and what follows from them", () => {
    const morning: When = { kind: "time", zone: "UTC", at: { kind: "day", time: "07:30" }, fuzz_minutes: 0 };
    expect(says(morning, { kind: "talkback", id: 3, command: "WATER" })).toBe("Every day at 07:30, give WATER to Pump 3.");
    const once: When = { ...morning, at: { kind: "once", at: Date.UTC(2031, 4, 6, 12, 30) } };
    expect(says(once, { kind: "write", channel: 9, fields: { 2: "1", 1: "%%trigger%%" }, status: null })).toBe(
      "On 6 May 2031, 12:30, write Temperature and field 2 to channel 9.",
    );
  });

  it("leaves gaps where nothing is said yet", () => {
    const empty: When = { kind: "react", channel: 7, condition: { kind: "text", field: 2, op: "is", value: "" }, check: "insert", repeat: true };
    const webhook: Action = { kind: "webhook", method: "POST", url: "", user: null, password: null };
    expect(says(empty, webhook)).toBe("When field 2 in Greenhouse is …, call … – each time.");
  });
});
