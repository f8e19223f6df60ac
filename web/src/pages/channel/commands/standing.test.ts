import { expect, test } from "vitest";
import type { Command, Control } from "../../../api/contract";
import { commandFor, later, since, standing, stateOf, wishOf } from "./standing";

const PUMP: Control = { kind: "switch", label: "Pump", on: "PUMP_ON", off: "PUMP_OFF" };
const WATER: Control = { kind: "button", label: "Water", command: "WATER" };
const FAN: Control = { kind: "slider", label: "Fan", command: "FAN {value} %", min: 0, max: 100, step: 5 };

let ids = 0;
const command = (command_string: string, more: Partial<Command> = {}): Command => ({
  id: ++ids,
  talkback: 1,
  command_string,
  position: null,
  state: "queued",
  created_at: 1_000 + ids,
  delivered_at: null,
  acknowledged_at: null,
  expires_at: null,
  ...more,
});
const delivered = (text: string, at: number) => command(text, { state: "delivered", delivered_at: at });

test("a switch shows what the board took, apart from what it is asked for", () => {
  const on = delivered("PUMP_ON", 5_000);
  const off = command("PUMP_OFF", { position: 1 });
  const { is, asked, missed } = standing(PUMP, [off, on, command("WATER")], 6_000);
  expect([is?.wish, asked?.wish, missed]).toEqual([true, false, null]);
});

test("nothing is known of a switch before a board took a command", () => {
  expect(standing(PUMP, [command("PUMP_ON", { position: 1 })], 6_000).is).toBeNull();
});

test("of several that wait the end of the queue is what it comes to", () => {
  const first = command("PUMP_OFF", { position: 2 });
  const squeezedIn = command("PUMP_ON", { position: 1 });
  expect(standing(PUMP, [squeezedIn, first], 6_000).asked?.wish).toBe(false);
});

test("what was taken last counts, not what was said last", () => {
  const slow = delivered("PUMP_ON", 9_000);
  const quick = delivered("PUMP_OFF", 8_000);
  expect(standing(PUMP, [quick, slow], 9_500).is?.wish).toBe(true);
});

test("a command whose time is over is expired before the server says so, and is told as missed", () => {
  const late = command("PUMP_ON", { expires_at: 7_000, position: 1 });
  expect(stateOf(late, 6_999)).toBe("queued");
  expect(stateOf(late, 7_000)).toBe("expired");
  const { asked, missed, is } = standing(PUMP, [late], 7_000);
  expect([asked, missed?.wish, is]).toEqual([null, true, null]);
  expect(since(late, 8_000)).toBe(7_000);
  expect(standing(PUMP, [late, delivered("PUMP_OFF", 8_000)], 9_000).missed).toBeNull();
});

test("a slider finds its number in its commands, and takes no others for its own", () => {
  expect(commandFor(FAN, 45)).toBe("FAN 45 %");
  expect(wishOf(FAN, "FAN 45 %")).toBe(45);
  expect(wishOf(FAN, "FAN -0.5 %")).toBe(-0.5);
  for (const other of ["FAN 45", "FAN %", "FAN x %", "FAN 4 5 %", "FAN 45 %!", "FAN"]) expect(wishOf(FAN, other), other).toBeNull();
});

test("a value may stand in a command twice", () => {
  const both: Control = { ...FAN, command: "{value}:{value}" };
  expect(commandFor(both, 7)).toBe("7:7");
  expect(wishOf(both, "7:7")).toBe(7);
  expect(wishOf(both, "7:8")).toBeNull();
});

test("a button is its word and nothing else", () => {
  expect(wishOf(WATER, "WATER")).toBe("press");
  expect(wishOf(WATER, "WATER NOW")).toBeNull();
  expect(commandFor(WATER, "press")).toBe("WATER");
});

test("an answer that news have overtaken does not take them back", () => {
  const queued = command("PUMP_ON");
  const taken = { ...queued, state: "delivered", delivered_at: 2_000 } as const;
  expect(later(taken, queued)).toBe(taken);
  expect(later(queued, taken)).toBe(taken);
  const renamed = { ...queued, command_string: "PUMP_OFF" };
  expect(later(queued, renamed)).toBe(renamed);
});
