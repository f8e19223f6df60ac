import { expect, test } from "vitest";
import { type Facts, journey } from "./journey";

const settled: Facts = {
  wanted: false,
  said: { on: false, id: 7 },
  led: false,
  wifi: { display: true, sensor: true },
};

function places(change: Partial<Facts>): string {
  return journey({ ...settled, ...change })
    .map((step) => step.place)
    .join(" ");
}

function texts(change: Partial<Facts>): string[] {
  return journey({ ...settled, ...change }).map((step) => step.text);
}

test("a press goes from the button by way of an entry to the light", () => {
  expect(places({})).toBe("here here here");
  expect(places({ wanted: true })).toBe("here waiting ahead");
  expect(places({ wanted: true, said: { on: true, id: 8 } })).toBe("here here waiting");
  expect(places({ wanted: true, said: { on: true, id: 8 }, led: true })).toBe("here here here");
});

test("a light that is on by chance is not yet an answer", () => {
  expect(places({ wanted: true, led: true })).toBe("here waiting ahead");
});

test("a channel without entries has not been written to", () => {
  expect(places({ said: null })).toBe("here waiting ahead");
});

test("the entry that carries the state is named", () => {
  expect(texts({ wanted: true, said: { on: true, id: 8 } })[1]).toBe("Entry 8 says on");
});

test("a board without Wi-Fi is named as the reason", () => {
  const wifi = { display: false, sensor: false };
  expect(texts({ wanted: true, wifi })[1]).toContain("display’s Wi-Fi");
  expect(texts({ wanted: true, said: { on: true, id: 8 }, wifi })[2]).toContain("off Wi-Fi");
});
