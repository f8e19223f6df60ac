import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Stream, type StreamOptions } from "./stream";
import { Wire } from "./wire";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function stream(more: Partial<StreamOptions> = {}) {
  const wires: Wire[] = [];
  const heard: string[] = [];
  let last = 0;
  const stream = new Stream({
    address: () => `/live?after=${last}`,
    on: {
      entry: (data) => {
        last = Number(data);
        heard.push(data);
      },
    },
    open: (address) => {
      const wire = new Wire(address);
      wires.push(wire);
      return wire;
    },
    ...more,
  });
  stream.start();
  return { stream, wires, heard };
}

test("a stream is live once it is open", () => {
  const { stream: one, wires, heard } = stream();
  expect(one.link.value).toBe("connecting");
  wires[0]!.opens();
  wires[0]!.says("1");
  expect(one.link.value).toBe("live");
  expect(heard).toEqual(["1"]);
});

test("a stream that breaks is left to the browser, which resumes it", () => {
  const reopened = vi.fn();
  const { stream: one, wires } = stream({ reopened });
  wires[0]!.opens();
  expect(reopened).not.toHaveBeenCalled();
  wires[0]!.breaks();
  expect(one.link.value).toBe("reconnecting");
  vi.advanceTimersByTime(60_000);
  expect(wires).toHaveLength(1);
  wires[0]!.opens();
  expect(one.link.value).toBe("live");
  expect(reopened).toHaveBeenCalledOnce();
});

test("a stream that the browser gives up is opened anew after the last that was heard", () => {
  const { wires } = stream();
  wires[0]!.opens();
  wires[0]!.says("7");
  wires[0]!.fails();
  vi.advanceTimersByTime(1_000);
  expect(wires.map((wire) => wire.address)).toEqual(["/live?after=0", "/live?after=7"]);
});

test("attempts grow rarer until one succeeds", () => {
  const { wires } = stream();
  const waits = [1, 2, 4, 8, 15, 15].map((seconds) => {
    wires.at(-1)!.fails();
    const before = wires.length;
    let waited = 0;
    while (wires.length === before) {
      vi.advanceTimersByTime(1_000);
      waited += 1;
    }
    return [seconds, waited];
  });
  expect(waits.every(([expected, waited]) => expected === waited)).toBe(true);
  wires.at(-1)!.opens();
  wires.at(-1)!.fails();
  vi.advanceTimersByTime(1_000);
  expect(wires).toHaveLength(8);
});

test("a stream that falls silent is taken for dead", () => {
  const { stream: one, wires } = stream({ silence: 10_000 });
  wires[0]!.opens();
  vi.advanceTimersByTime(9_000);
  wires[0]!.says("1");
  vi.advanceTimersByTime(9_000);
  expect(wires).toHaveLength(1);
  vi.advanceTimersByTime(1_000);
  expect(wires).toHaveLength(2);
  expect(wires[0]!.readyState).toBe(2);
  expect(one.link.value).toBe("reconnecting");
});

test("a stopped stream stays closed until it is started", () => {
  const { stream: one, wires } = stream({ silence: 10_000 });
  wires[0]!.opens();
  one.stop();
  vi.advanceTimersByTime(60_000);
  expect(wires).toHaveLength(1);
  one.start();
  one.start();
  expect(wires).toHaveLength(2);
});
