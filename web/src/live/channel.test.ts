import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Entry } from "../api/types";
import { Channel } from "./channel";
import type { Source } from "./stream";

const entry = (id: number): Entry => ({
  entry_id: id,
  created_at: new Date(1_700_000_000_000 + id * 3_000).toISOString(),
  field1: String(id),
});

/** A server with one channel, whose stream is in the hands of a test. */
class World {
  entries: Entry[] = [];
  opened: string[] = [];
  private listeners = new Map<string, (event: MessageEvent<string>) => void>();

  constructor(count: number) {
    this.hold(count);
    vi.stubGlobal("fetch", async (path: string) => {
      const results = Number(new URL(path, "http://here").searchParams.get("results"));
      return Response.json({ channel: { id: 1, name: "Room", last_entry_id: this.last }, feeds: this.entries.slice(-results) });
    });
  }

  get last(): number {
    return Math.max(0, ...this.entries.map((entry) => entry.entry_id));
  }

  hold(count: number): void {
    this.entries = Array.from({ length: count }, (_, index) => entry(index + 1));
  }

  open = (address: string): Source => {
    this.opened.push(address);
    this.listeners = new Map();
    return {
      readyState: 1,
      close: () => {},
      addEventListener: (type, listener) => void this.listeners.set(type, listener),
    };
  };

  fire(type: string, said?: Entry): void {
    this.listeners.get(type)?.({ data: JSON.stringify(said) } as MessageEvent<string>);
  }
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function follow(world: World): Promise<Channel> {
  const channel = new Channel(1, ["field1"], world.open);
  await channel.start();
  world.fire("open");
  return channel;
}

test("what was there comes first, and the stream goes on after it", async () => {
  const world = new World(5);
  const channel = await follow(world);
  expect(world.opened).toEqual(["/channels/1/live?after=5"]);
  expect(channel.newest.value?.entry_id).toBe(5);
  expect(channel.arrived.value).toBeNull();
  world.fire("entry", entry(6));
  expect(channel.series.length).toBe(6);
  expect(channel.arrived.value?.entry_id).toBe(6);
});

test("a double is dropped", async () => {
  const world = new World(5);
  const channel = await follow(world);
  world.fire("entry", entry(5));
  await vi.runAllTimersAsync();
  expect(channel.series.length).toBe(5);
  expect(world.opened).toHaveLength(1);
});

test("a channel that began anew is read anew", async () => {
  const world = new World(50);
  const channel = await follow(world);
  world.fire("error");
  world.hold(2);
  world.fire("open");
  await vi.runAllTimersAsync();
  expect(channel.series.lastId).toBe(2);
  expect(world.opened.at(-1)).toBe("/channels/1/live?after=2");
});

test("what the stream says while everything is read is not lost", async () => {
  const world = new World(5);
  const channel = new Channel(1, ["field1"], world.open);
  const started = channel.start();
  // Away and back before the first answer: the stream opens, and speaks too soon.
  channel.stop();
  void channel.start();
  world.fire("open");
  world.fire("entry", entry(6));
  await started;
  expect(channel.series.lastId).toBe(5);
  expect(world.opened.at(-1)).toBe("/channels/1/live?after=5");
});

test("a channel whose newest entry is an old one has not begun anew", async () => {
  const world = new World(5);
  world.entries.unshift({ ...entry(6), created_at: entry(0).created_at });
  const channel = await follow(world);
  world.fire("error");
  world.fire("open");
  await vi.runAllTimersAsync();
  expect(channel.series.lastId).toBe(6);
  expect(world.opened).toHaveLength(1);
});

test("after a rest the stream goes on where it was", async () => {
  const world = new World(5);
  const channel = await follow(world);
  world.fire("entry", entry(6));
  channel.stop();
  await channel.start();
  expect(world.opened.at(-1)).toBe("/channels/1/live?after=6");
});

test("after a long rest everything is read at once", async () => {
  const world = new World(5);
  const channel = await follow(world);
  channel.stop();
  world.hold(900);
  vi.advanceTimersByTime(3_600_000);
  await channel.start();
  expect(channel.series.length).toBe(300);
  expect(world.opened.at(-1)).toBe("/channels/1/live?after=900");
});

test("a server that does not answer is asked again", async () => {
  const world = new World(3);
  const working = globalThis.fetch;
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("failed to fetch")));
  const channel = new Channel(1, ["field1"], world.open);
  const started = channel.start();
  await vi.advanceTimersByTimeAsync(4_000);
  expect(world.opened).toEqual([]);
  vi.stubGlobal("fetch", working);
  await vi.advanceTimersByTimeAsync(4_000);
  await started;
  expect(channel.series.length).toBe(3);
  expect(world.opened).toHaveLength(1);
});
